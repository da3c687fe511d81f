"""Declared tables and the one way in which they are brought up to date. Knows no measurement."""
