"""The tables: their schemas, the Parquet files that hold them, and the DuckDB catalog over those."""
