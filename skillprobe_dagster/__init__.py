"""Dagster definitions around the stages of `skillprobe_core`: partitions, assets, checks and sensors."""
