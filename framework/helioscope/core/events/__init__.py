"""The event loop: raw batches to rows, clock, counts and live time."""
