"""HTML pages from templates, with everything foreign escaped."""

from __future__ import annotations

import html
from typing import Any


def rendered(template: str, **values: Any) -> str:
    """Fill a template of this package; text is escaped, and nothing is loaded from outside."""
    import jinja2

    import helioscope

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("helioscope.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = figure
    return environment.get_template(template).render(version=helioscope.__version__, **values)


def figure(value: float | None, digits: int = 4) -> str:
    """Write a number with so many significant digits; a dash where there is none."""
    return "–" if value is None else html.escape(f"{value:.{digits}g}")
