"""The stages, one file per table; `skillprobe_core.pipeline.registry` lists them in order."""
