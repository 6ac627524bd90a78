"""The simulator: from particles in the gas to ROOT files with their truth."""
