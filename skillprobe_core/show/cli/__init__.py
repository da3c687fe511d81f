"""The `skillprobe` command."""
