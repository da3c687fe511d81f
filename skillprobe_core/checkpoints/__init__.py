"""What is asked of: checkpoint folders, their layouts, readiness, identity, weights and loading."""
