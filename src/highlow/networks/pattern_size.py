"""The size of the patterns that fit a receptive field, and the frequencies that pixels can carry.

Imports neither torch nor numpy: the Snakefile uses it.
"""

from itertools import count

from highlow.runs.errors import HighlowError

# The receptive field as a share of the pattern size: with patterns of 60 px, whose HF and LF curves cross where the
# article's do, the 43 px of InceptionV1's 3x3 branch in mixed3a. high_low_balanced is balanced in a square so wide.
APERTURE_SHARE = 43 / 60
SMALLEST_RATIO = 2.5  # below it the sides look alike
SMALLEST_WAVELENGTH = 2.0  # pixels


def scaled_pattern_size(field: int) -> float:
    """Return the pattern size, in pixels, for a receptive field: 60 px for the 43 px of mixed3a's 3x3 branch."""
    return field / APERTURE_SHARE


def largest_ratio(pattern_size: float) -> float:
    """Return the ratio from which on the high-frequency side is shorter than 2 px and aliases."""
    return pattern_size / 4 / SMALLEST_WAVELENGTH


def longest_high_wavelength(pattern_size: float) -> float:
    """Return the longest wavelength, in pixels, on the high-frequency side of patterns that enter the statistics."""
    return pattern_size / 4 / SMALLEST_RATIO


def holds_two_frequencies(pattern_size: float) -> bool:
    """Return whether some ratio of 2.5 or more does not alias on such a pattern."""
    return largest_ratio(pattern_size) > SMALLEST_RATIO


def smallest_field() -> int:
    """Return the narrowest receptive field, in pixels, whose pattern holds two frequencies."""
    return next(field for field in count(1) if holds_two_frequencies(scaled_pattern_size(field)))


def ratio_counts(ratio: float, pattern_size: float) -> bool:
    """Return whether a ratio enters the statistics: at least 2.5, and not one that aliases."""
    return SMALLEST_RATIO <= ratio <= largest_ratio(pattern_size) * (1 + 1e-9)


def check(where: str, field: int, pattern_size: float, ratios: int, prefix: str = "") -> None:
    """Check that stimuli hold two frequencies, at one of the ratios at least.

    Parameters
    ----------
    where : str
        The layer, in messages.
    field : int
        Its receptive field, pixels.
    pattern_size : float
        Of the stimuli, pixels.
    ratios : int
        How many from 1 to 10 are shown.
    prefix : str
        Of the settings `pattern_size` and `ratios`, in messages.

    Raises
    ------
    HighlowError
        If they do not.
    """
    if not holds_two_frequencies(pattern_size):
        raise HighlowError(
            f"{where} sees {field} px, too few for two frequencies, which need {smallest_field()} px: study a later "
            f"layer, or set {prefix}pattern_size"
        )
    if not any(ratio_counts(10 ** (step / (ratios - 1)), pattern_size) for step in range(ratios)):
        raise HighlowError(
            f"{where} is shown patterns of {pattern_size:.4g} px: none of {ratios} ratios lies between "
            f"{SMALLEST_RATIO} and {largest_ratio(pattern_size):.3g}; raise {prefix}ratios"
        )
