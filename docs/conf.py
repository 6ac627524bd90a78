"""Settings of the documentation."""

import os
import sys
from pathlib import Path

import helioscope

# The pages call the command that belongs to this Python.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
# They share the cells for shell commands, in shell_cells.py beside this file.
os.environ["PYTHONPATH"] = str(Path(__file__).parent)
os.environ["NO_COLOR"] = "1"

project = "helioscope"
author = "The helioscope developers"
copyright = "2026, the helioscope developers"  # noqa: A001
release = helioscope.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "helioscope"
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_in_temp = True
nb_merge_streams = True
nb_output_stderr = "remove"
autodoc_typehints = "description"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_use_ivar = True
