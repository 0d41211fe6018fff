"""How people reach it: pages, API, command line."""
