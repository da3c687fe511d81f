"""The checks that every item kind must pass: run by the tests and by `skillprobe items check`."""
