"""Training of the demo's base model, from the benchmark's training split."""
