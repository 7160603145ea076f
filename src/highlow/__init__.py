"""High-low frequency detectors, re-derived from the weights of a vision network."""

__version__ = "0.1.0"
