"""Sphinx: Markdown through MyST, warnings are errors (`make docs`)."""

project = "Daigang 带岗"
author = "The Daigang team"
copyright = "The Daigang team, Apache-2.0"
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "Daigang 带岗"
