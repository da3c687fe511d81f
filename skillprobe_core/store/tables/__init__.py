"""The schemas, one file per table; `skillprobe_core.store.registry` lists them all."""
