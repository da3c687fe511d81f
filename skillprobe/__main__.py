"""`python -m skillprobe` is the command `skillprobe`."""

from skillprobe_core.show.cli.main import main

main()
