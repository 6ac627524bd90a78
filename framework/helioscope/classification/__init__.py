"""Telling X-rays from background: training, working points, model storage."""
