"""What this plugin brings to helioscope."""
