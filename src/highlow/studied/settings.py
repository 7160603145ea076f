"""How a network is measured: the grid of stimuli and the seeds, as in the configuration."""

from dataclasses import dataclass

from highlow.networks import pattern_size as patterns
from highlow.probes import families
from highlow.probes.families import Family
from highlow.runs.errors import HighlowError
from highlow.studied.defaults import SMALLEST


def check(**counts: int) -> None:
    """Raise a HighlowError if a count is smaller than what can be measured with."""
    for name, count in counts.items():
        if count < SMALLEST[name]:
            raise HighlowError(f"{name}={count} is too few; {SMALLEST[name]} or more are needed")


@dataclass(frozen=True)
class Grid:
    """The stimuli that a layer is shown.

    Attributes
    ----------
    orientations, ratios, phases : int
        How many of each.
    pattern_size : float
        Pixels.
    seed : int
        Of the balanced stimuli.
    """

    orientations: int
    ratios: int
    phases: int
    pattern_size: float
    seed: int

    def __post_init__(self) -> None:
        check(orientations=self.orientations, ratios=self.ratios, phases=self.phases, seed=self.seed)

    def family(self, name: str) -> Family:
        """Return a family of stimuli."""
        return families.family(
            name,
            orientation_count=self.orientations,
            ratio_count=self.ratios,
            phase_count=self.phases,
            pattern_size=self.pattern_size,
            seed=self.seed,
        )

    def count(self, *names: str) -> int:
        """Return how many stimuli families have together."""
        return sum(len(self.family(name)) for name in names)


def fitting_grid(
    where: str, field: int, pattern_size: float | None, orientations: int, ratios: int, phases: int, seed: int
) -> Grid:
    """Return the grid for a receptive field of so many pixels; `where` names the layer in messages.

    Raises
    ------
    HighlowError
        If patterns of the size cannot hold two frequencies.
    """
    size = patterns.scaled_pattern_size(field) if pattern_size is None else float(pattern_size)
    grid = Grid(orientations, ratios, phases, size, seed)
    patterns.check(where, field, size, ratios)
    return grid
