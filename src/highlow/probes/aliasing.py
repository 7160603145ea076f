"""Where a pixel grid can no longer carry a pattern."""

SMALLEST_WAVELENGTH = 2.0  # pixels


def largest_ratio(pattern_size: float) -> float:
    """Return the ratio from which on the high-frequency side is shorter than 2 px and aliases."""
    return pattern_size / 4 / SMALLEST_WAVELENGTH
