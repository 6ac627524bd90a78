"""Detector plugin."""
