"""Evaluate one checkpoint against its base: `python examples/probe_checkpoint.py CHECKPOINT BASE`."""

import sys

import skillprobe

checkpoint, base = sys.argv[1:]

# Which tables are there already, and which have to be computed? This loads no model and writes nothing.
forecast = skillprobe.probe(checkpoint, base, dry_run=True)
print(f"{len(forecast.computed)} of {len(forecast.tables)} tables have to be computed")

result = skillprobe.probe(checkpoint, base)
for table in result.tables:
    print(f"{table.model}@{table.step}  {table.table}: {table.rows} rows" + (" (reused)" if table.reused else ""))

scores = skillprobe.open(protocol=result.protocol).table("skill_scores", result.model, result.step)
print(scores.filter(domain="all", level=0).select("skill", "accuracy", "accuracy_low", "accuracy_high"))
