"""Readers of statements, one module per family of answer types."""
