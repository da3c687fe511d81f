"""Models: loading, prompts as token ids, and the backends that complete them."""
