"""The report, and tables and sentences for the terminal."""
