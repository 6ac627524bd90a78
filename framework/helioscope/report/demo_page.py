"""The page of results that the demo writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helioscope.report.pages import rendered


def demo_page(summary: Mapping[str, Any]) -> str:
    """Write the demo's results as one HTML page; its pictures lie in ``pictures`` beside it."""
    return rendered("demo.html", summary=summary)
