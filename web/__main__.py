"""`python -m web` is `daigang`."""

from web.cli import main

main()
