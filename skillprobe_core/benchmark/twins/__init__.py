"""Unanswerable twins: questions of the benchmark's kinds from which a premise was removed."""
