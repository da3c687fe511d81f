"""The vLLM engine: a process of its own, which outlives the checkpoints and processes that use it."""
