"""The stages in order: what each depends on, when it is stale, and where its table is kept."""
