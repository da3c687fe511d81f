"""Training of small models by SFT and RL for the demo."""
