"""The simulated chamber: what happens between a particle and its raw event."""
