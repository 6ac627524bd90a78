"""Bytes to batches and back: ROOT, FITS frames, Parquet."""
