"""Simulated campaigns: simulated, calibrated and run as any job."""
