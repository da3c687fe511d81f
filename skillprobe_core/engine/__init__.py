"""Declared tables, the one way in which they are brought up to date, and the store. Knows no measurement."""
