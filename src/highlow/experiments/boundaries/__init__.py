"""What detectors have to do with the boundaries that people draw."""
