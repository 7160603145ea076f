"""Whether the population of detectors points to what is in focus, when a scene is in focus near and far."""
