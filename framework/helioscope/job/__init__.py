"""What to do: job files, run lists, the plan."""
