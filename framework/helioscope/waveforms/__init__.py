"""Pulses in sampled signals: kernels that several detectors share."""
