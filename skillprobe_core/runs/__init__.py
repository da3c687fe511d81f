"""Run folders: layouts, readiness, identity, and reading of weights."""
