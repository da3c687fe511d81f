"""Results for people: the command line, the report, named queries and trackers."""
