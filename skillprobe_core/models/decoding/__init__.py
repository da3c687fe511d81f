"""The decoding loop of the transformers backend."""
