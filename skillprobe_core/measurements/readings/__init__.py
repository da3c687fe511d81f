"""Other readings of answers, which separate a lost skill from a lost format: tables `readings`, `format_shares`."""
