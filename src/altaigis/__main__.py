"""``python -m altaigis`` is the command ``altaigis``."""

from altaigis.cli import main

main()
