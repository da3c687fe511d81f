"""Every generating architecture of transformers, built tiny and checked against transformers itself."""
