"""Doing it: the event loop, calibrating, reprocessing."""
