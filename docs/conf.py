"""Settings of the documentation."""

import helioscope

project = "helioscope"
author = "The helioscope developers"
copyright = "2026, the helioscope developers"  # noqa: A001
release = helioscope.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "helioscope"
exclude_patterns = ["_build", "jupyter_execute"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
autodoc_typehints = "description"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
