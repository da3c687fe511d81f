"""Real saves that are killed at random points: no checkpoint is ever taken before it is complete."""
