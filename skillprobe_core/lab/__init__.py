"""Trains small models by SFT and RL: the demo and the studies."""
