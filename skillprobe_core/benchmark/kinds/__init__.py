"""The item kinds, one folder per skill and one file per kind."""
