"""Making calibrations and keeping them with their validity."""
