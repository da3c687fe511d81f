"""SVG figures drawn from tables, for Dagster and the report."""
