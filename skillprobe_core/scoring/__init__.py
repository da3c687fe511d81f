"""Verdicts from completions, skill scores from verdicts."""
