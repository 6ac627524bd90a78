"""What was done: runs, calibrations with their validity, products with their lineage."""
