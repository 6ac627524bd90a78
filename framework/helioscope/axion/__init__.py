"""What a solar axion signal would be, and what the data say of it."""
