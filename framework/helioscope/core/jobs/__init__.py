"""A job opened: its workspace, lineages and record."""
