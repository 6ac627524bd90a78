"""Archived runs: examined, processed again, compared and verified."""
