"""What every item kind must hold, whoever wrote it: run by the tests and by `skillprobe items check`."""
