"""Whether the population of detectors turns with what it sees: rotated stimuli and rotated image crops."""
