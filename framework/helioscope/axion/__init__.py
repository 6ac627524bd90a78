"""What to expect from the Sun and what the counts mean: flux, conversion, optics, limits."""
