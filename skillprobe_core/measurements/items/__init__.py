"""Table `items`: the frozen item sets."""
