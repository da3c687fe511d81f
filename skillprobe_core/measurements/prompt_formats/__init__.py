"""Table `prompt_formats`: the chat template and the sampling preset of a base and its checkpoints."""
