"""Side by side with other programs: how long each takes for the same numbers (`make benchmark`)."""
