"""A run from raw files to its products: whole, in pieces, or again from observables."""
