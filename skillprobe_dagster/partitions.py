"""One partition per checkpoint of any model."""

import dagster as dg

# The assets have no backfill policy, which means one run per checkpoint: a run over several partitions gives all of
# them one data version, and the first checkpoint that fails would stop the stages after it for all the others.
checkpoint_partitions = dg.DynamicPartitionsDefinition(name="checkpoint")
"""Keys are `MODEL/STEP`, the step unpadded; step 0 is the model's base."""
