"""One partition per checkpoint of any model."""

import dagster as dg

# The assets have no backfill policy, which means one run per checkpoint: a run over several partitions would give all
# of them one data version, and the first checkpoint that fails would stop the later stages of all others.
checkpoint_partitions = dg.DynamicPartitionsDefinition(name="checkpoint")
"""Keys are `MODEL/STEP`, the step without leading zeros; step 0 is the model's base."""
