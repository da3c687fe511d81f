"""The orchestration: partitions, assets, checks and the sensor around the stages of `skillprobe_core`."""
