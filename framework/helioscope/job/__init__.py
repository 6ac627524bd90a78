"""What to do: job files, instruments, run lists, the plan."""
