"""The study's tables: summaries of all checkpoints together."""
