"""Files and events shown to a reader."""
