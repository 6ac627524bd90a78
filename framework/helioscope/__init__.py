"""Event reconstruction for axion helioscopes, from raw X-ray detector data to a limit."""

__version__ = "0.1.0"
