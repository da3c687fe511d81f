"""Items: their schema, the kinds that generate them, item sets and answer checking."""
