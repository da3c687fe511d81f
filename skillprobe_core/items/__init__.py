"""What is asked: the schema of an item, the kinds that generate them, item sets and answer checking."""
