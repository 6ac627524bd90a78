"""Where the Sun was and where the magnet pointed."""
