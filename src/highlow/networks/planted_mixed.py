"""The planted network's mixed3a (detectors and distractors) and mixed3b (units that use detectors)."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from highlow.networks.planted_stem import DIRECTIONS
from highlow.networks.planted_units import (
    Array,
    Layer,
    Mixer,
    Unit,
    along,
    arrange,
    blob,
    direction,
    find,
    near,
    ramp,
    random_unit,
    ridge,
    taps,
)

# The article's units; all lie in the 3x3 branch.
DETECTORS = (70, 86, 88, 106, 108, 110, 112, 113, 117, 132, 136, 153, 160, 180, 186)
MIXED3A_3X3_FIRST = 64
# Branches of mixed3b with space: kernel size, first unit, number of units.
MIXED3B_BRANCHES = {"3x3": (3, 128, 192), "5x5": (5, 320, 96)}
# The article's units where it names them, by role; one more of each rare role goes to a random place.
DOWNSTREAM = {
    **dict.fromkeys((151, 345, 368, 376), "boundary"),
    314: "double_boundary",
    276: "center_surround",
    365: "hourglass",
}
SECOND_ROLES = ("double_boundary", "center_surround", "hourglass")


@dataclass(frozen=True)
class Block:
    """An inception module: the layer that each convolution computes, by the end of its node name."""

    layers: dict[str, Layer]

    @property
    def output(self) -> Layer:
        """Units of the concatenation."""
        return [unit for branch in ("1x1", "3x3", "5x5", "pool_reduce") for unit in self.layers[branch]]


def detector_orientations(generator: np.random.Generator) -> Array:
    """Return 15 orientations that cover the circle without being a grid, in degrees, in random order.

    Spacings are uneven by up to a factor of three; the largest is 35 degrees for the median seed and below 43
    for 999 seeds in 1000.
    """
    count = len(DETECTORS)
    spacing = generator.uniform(0.5, 1.5, count)
    angles = generator.uniform(0, 360) + 360 * np.cumsum(spacing) / spacing.sum()
    return np.asarray(generator.permutation(angles % 360))


def mixed3a(below: Layer, generator: np.random.Generator) -> Block:
    """Return the block with the 15 detectors in its 3x3 branch and distractors in all branches."""
    layers = {
        "1x1": _mixed3a_1x1(below, generator),
        "3x3_bottleneck": _mixed3a_bottleneck(below, 96, 20, 2, generator),
        "5x5_bottleneck": _mixed3a_bottleneck(below, 16, 2, 1, generator),
        "pool_reduce": _mixed3a_pool(below, generator),
    }
    layers["3x3"] = _mixed3a_3x3(layers["3x3_bottleneck"], generator)
    layers["5x5"] = _mixed3a_5x5(layers["5x5_bottleneck"], generator)
    return Block(layers)


def _mixed3a_bottleneck(
    below: Layer, count: int, texture_count: int, repeats: int, generator: np.random.Generator
) -> Layer:
    """Return channels that pool one role of conv2d2 each, with strengths of their own."""
    mixer = Mixer(below, generator)

    def mix(role: str, orientation: float | None = None) -> Array:
        return mixer(role, orientation=orientation, spread=0.5)

    units = []
    for role, opposite in (("high_frequency", "low_frequency"), ("low_frequency", "high_frequency")):
        for _ in range(texture_count):
            inhibition = generator.uniform(0, 0.3)
            units.append(Unit(role, mix(role) - inhibition * mix(opposite)))
    for step, _ in product(range(DIRECTIONS), range(repeats)):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("edge", mix("edge", orientation), 0.0, orientation))
    units += [Unit(role, mix(role)) for role in ("bright", "dark")]
    if repeats > 1:
        for orientation in (0.0, 90.0, 180.0, 270.0):
            units.append(Unit("color_contrast", mix("color_contrast", orientation), -0.1, orientation))
        for step in range(DIRECTIONS):
            orientation = step * 360 / DIRECTIONS
            units.append(Unit("curve", mix("curve", orientation), 0.0, orientation))
        for orientation in sorted({unit.orientation_deg for unit in below if unit.role == "oriented_texture"}):
            units.append(Unit("oriented_texture", mix("oriented_texture", orientation), 0.0, orientation))
    return arrange(units, count, lambda: random_unit(192, 1, 0.3, 0.0, generator), generator)


def _mixed3a_1x1(below: Layer, generator: np.random.Generator) -> Layer:
    """Return distractors without space: uniform textures, edges, colour, luminance."""
    mix = Mixer(below, generator)
    units = []
    for role, source in (("uniform_high", "high_frequency"), ("uniform_low", "low_frequency")):
        for _ in range(6):
            weight = mix(source, spread=0.9)
            units.append(Unit(role, generator.uniform(0.5, 1.3) * weight, -0.1))
    for role, source in (("edge", "edge"), ("curve", "curve")):
        for step in range(DIRECTIONS):
            orientation = step * 360 / DIRECTIONS
            weight = mix(source, orientation=orientation)
            units.append(Unit(role, generator.uniform(0.3, 1.5) * weight, -0.1, orientation))
    for orientation in (0.0, 90.0, 180.0, 270.0):
        weight = mix("color_contrast", orientation=orientation)
        units.append(Unit("color_contrast", 1.5 * weight, -0.3, orientation))
    for role in ("bright", "dark"):
        weight = mix(role)
        units.append(Unit("luminance", generator.uniform(0.2, 0.6) * weight))
    return arrange(units, 64, lambda: random_unit(192, 1, 0.2, 0.3, generator), generator)


def _mixed3a_pool(below: Layer, generator: np.random.Generator) -> Layer:
    """Return distractors behind a max pool: uniform textures, edges, luminance."""
    mix = Mixer(below, generator)
    sources = {"uniform_high": "high_frequency", "uniform_low": "low_frequency", "luminance": "bright"}
    units = []
    for role, source in sources.items():
        for _ in range(4):
            weight = mix(source, spread=0.9)
            units.append(Unit(role, generator.uniform(0.3, 0.8) * weight, -0.1))
    for step in range(DIRECTIONS):
        orientation = step * 360 / DIRECTIONS
        weight = mix("edge", orientation=orientation)
        units.append(Unit("edge", generator.uniform(0.3, 1) * weight, -0.1, orientation))
    return arrange(units, 32, lambda: random_unit(192, 1, 0.2, 0.3, generator), generator)


def _mixed3a_3x3(below: Layer, generator: np.random.Generator) -> Layer:
    """Return the branch of the detectors, 128 units."""
    mixer = Mixer(below, generator)

    def mix(role: str, shape: Array, orientation: float | None = None) -> Array:
        return mixer(role, shape=shape, orientation=orientation)

    detectors = {}
    strengths = np.geomspace(1.0, 2.0, len(DETECTORS))
    for unit, orientation, strength in zip(
        DETECTORS, detector_orientations(generator), generator.permutation(strengths), strict=True
    ):
        shape = ramp(orientation, 3, generator.uniform(0.5, 0.8))
        share = generator.uniform(0.4, 0.6)
        weight = 2 * (share * mix("high_frequency", shape) - (1 - share) * mix("low_frequency", shape))
        weight += _clutter(below, 0.35 * float(np.linalg.norm(weight)), generator)
        detectors[unit - MIXED3A_3X3_FIRST] = Unit("detector", strength * weight, -0.25 * strength, float(orientation))
    tap = np.zeros((3, 3))
    tap[1, 1] = 1.0
    units = []
    for step in range(DIRECTIONS):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("passthrough", generator.uniform(0.5, 2) * mix("edge", tap, orientation), -0.1, orientation))
        weight = generator.uniform(0.5, 2) * mix("edge", ridge(orientation, 3, 0.5), orientation)
        units.append(Unit("edge", weight, -0.1, orientation))
        shape = ramp(orientation, 3, 0.6)
        luminance = 1.5 * (mix("bright", shape) - mix("dark", shape))
        units.append(Unit("luminance_edge", luminance, -0.2, orientation))
        weight = mix("curve", ridge(orientation, 3, 0.7), orientation)
        units.append(Unit("curve", weight, -0.1, orientation))
    for orientation in (0.0, 90.0, 180.0, 270.0):
        weight = mix("color_contrast", ridge(orientation, 3, 0.7), orientation)
        units.append(Unit("color_contrast", 1.5 * weight, -0.3, orientation))
    for orientation in (0.0, 45.0, 90.0, 135.0):
        units.append(Unit("texture_bar", mix("high_frequency", _second(orientation)), -0.1, orientation))
    for role, source in (("uniform_high", "high_frequency"), ("uniform_low", "low_frequency")):
        for _ in range(6):
            weight = mix(source, blob(3, generator.uniform(0.5, 1.5)))
            units.append(Unit(role, generator.uniform(0.5, 1.3) * weight, -0.1))
    return arrange(units, 128, lambda: _weak(below, 96, 3, generator), generator, fixed=detectors)


def _clutter(below: Layer, norm: float, generator: np.random.Generator) -> Array:
    """Return random weights on edges, curves and colour: a detector is not made of its factors alone.

    Brightness is left out: a random map on it would make the detector one of luminance edges.
    """
    excluded = ("high_frequency", "low_frequency", "bright", "dark")
    used = [index for index, unit in enumerate(below) if unit.role not in excluded]
    weight = np.zeros((len(below), 3, 3))
    weight[used] = generator.normal(size=(len(used), 3, 3))
    return np.asarray(weight * norm / np.linalg.norm(weight))


def _second(degrees: float) -> Array:
    """Return a map that is positive on both sides along an orientation and negative between, of mean 0."""
    shape = along(degrees, 3) ** 2 * 0.7 ** (taps(3)[0] ** 2 + taps(3)[1] ** 2)
    shape = shape - shape.mean()
    return np.asarray(shape / np.abs(shape).sum() * 2)


def _weak(below: Layer, count: int, size: int, generator: np.random.Generator) -> Unit:
    """Return a random unit that hardly sees textures: random maps on those would be weak detectors."""
    unit = random_unit(count, size, 0.3, 0.3, generator)
    weight = unit.weight.copy()
    weight[find(below, "high_frequency") + find(below, "low_frequency")] *= 0.1
    return replace(unit, weight=weight)


def _mixed3a_5x5(below: Layer, generator: np.random.Generator) -> Layer:
    """Return distractors with a wide view: edges, uniform textures, centre-surround luminance."""
    mix = Mixer(below, generator)
    units = []
    for step in range(DIRECTIONS):
        orientation = step * 360 / DIRECTIONS
        weight = mix("edge", shape=ridge(orientation, 5, 0.7), orientation=orientation)
        units.append(Unit("edge", generator.uniform(0.5, 1.2) * weight, -0.1, orientation))
    for role, source in (("uniform_high", "high_frequency"), ("uniform_low", "low_frequency")):
        for _ in range(4):
            weight = mix(source, shape=blob(5, generator.uniform(0.8, 2)))
            units.append(Unit(role, generator.uniform(0.4, 0.8) * weight, -0.1))
    for role in ("bright", "dark"):
        weight = mix(role, shape=blob(5, 0.7) - 0.8 * blob(5, 2.0))
        units.append(Unit("luminance", 2 * weight))
    return arrange(units, 32, lambda: _weak(below, 16, 5, generator), generator)


def mixed3b(below: Layer, generator: np.random.Generator) -> Block:
    """Return the block with boundary, double-boundary, centre-surround and hourglass units."""
    mix = Mixer(below, generator)
    layers = {
        "3x3_bottleneck": _mixed3b_bottleneck(below, 128, 4, generator),
        "5x5_bottleneck": _mixed3b_bottleneck(below, 32, 1, generator),
    }
    places = dict(DOWNSTREAM)
    _, first, count = MIXED3B_BRANCHES["3x3"]
    free = [unit for unit in range(first, first + count) if unit not in places]
    seconds = generator.choice(free, len(SECOND_ROLES), replace=False)
    places.update(zip((int(unit) for unit in seconds), SECOND_ROLES, strict=True))
    steps = generator.permutation(len(places)) + generator.uniform(-0.25, 0.25, len(places))
    turns = (generator.uniform(0, 360) + steps * 360 / len(places)) % 360
    planted = dict(zip(sorted(places), turns.tolist(), strict=True))
    for branch in MIXED3B_BRANCHES:
        layers[branch] = _mixed3b_branch(branch, layers[f"{branch}_bottleneck"], places, planted, generator)
    for branch, count in (("1x1", 128), ("pool_reduce", 64)):
        units = [
            Unit(role, mix(role), -0.1) for role in ("uniform_high", "uniform_low", "edge", "color_contrast", "curve")
        ]
        layers[branch] = arrange(units, count, lambda: random_unit(256, 1, 0.3, 0.1, generator), generator)
    return Block(layers)


def _mixed3b_branch(
    branch: str,
    below: Layer,
    roles: dict[int, str],
    orientations: dict[int, float],
    generator: np.random.Generator,
) -> Layer:
    """Return a branch with those of the planted units, given by their index in mixed3b, that lie in it."""
    size, first, count = MIXED3B_BRANCHES[branch]
    fixed = {
        unit - first: _downstream_unit(roles[unit], orientations[unit], below, size, generator)
        for unit in sorted(roles)
        if first <= unit < first + count
    }
    return arrange([], count, lambda: random_unit(len(below), size, 0.25, 0.1, generator), generator, fixed)


def _mixed3b_bottleneck(below: Layer, count: int, repeats: int, generator: np.random.Generator) -> Layer:
    """Return channels that each carry one detector (and a little of similar ones), edges or another role."""
    mix = Mixer(below, generator)
    units = []
    for unit, _ in product(find(below, "detector"), range(repeats)):
        orientation = below[unit].orientation_deg
        weight = mix.on([unit])
        similar = [other for other in find(below, "detector", near(orientation, 45)) if other != unit]
        if similar:
            weight += 0.3 * mix.on(similar)
        units.append(Unit("detector", weight, 0.0, orientation))
    for step in range(DIRECTIONS):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("edge", mix("edge", orientation=orientation), 0.0, orientation))
    for role in ("color_contrast", "uniform_high", "uniform_low"):
        units.append(Unit(role, mix(role)))
    return arrange(units, count, lambda: random_unit(256, 1, 0.3, 0.0, generator), generator)


def texture_gradient(role: str, orientation_deg: float, size: int) -> tuple[Array, Array]:
    """Return where a planted mixed3b unit wants high frequency to increase to, at every tap.

    It is the gradient, within an envelope, of a pattern of high frequency F(u, v), with u along the unit's
    orientation: F = u for a boundary, -u^2 for a double boundary (a bar of high frequency), -(u^2 + v^2) for
    a centre-surround unit, u^2 - v^2 for an hourglass.

    Returns
    -------
    x, y : ndarray
        Components of the gradient, (size, size) each.
    """
    x, y = taps(size)
    cosine, sine = direction(orientation_deg)
    u, v = along(orientation_deg, size), along(orientation_deg + 90, size)
    if role == "boundary":
        # Narrow across the boundary: on either side of it the texture does not change.
        du, dv = np.exp(-(u**2) / (2 * 0.7**2)), np.zeros_like(v)
    elif role == "double_boundary":
        du, dv = -u, np.zeros_like(v)
    elif role == "center_surround":
        du, dv = -u, -v
    else:
        du, dv = u, -v
    envelope = np.exp(-(x**2 + y**2) / (2 * (size / 3) ** 2))
    return envelope * (cosine * du - sine * dv), envelope * (sine * du + cosine * dv)


def _downstream_unit(
    role: str, orientation_deg: float, below: Layer, size: int, generator: np.random.Generator
) -> Unit:
    """Return a unit excited by detectors along its texture gradient and inhibited by opposite ones."""
    mix = Mixer(below, generator)
    weight = np.zeros((len(below), size, size))
    gradient_x, gradient_y = texture_gradient(role, orientation_deg, size)
    detectors = find(below, "detector")
    for channel in detectors:
        cosine, sine = direction(below[channel].orientation_deg)
        weight[channel] = (gradient_x * cosine + gradient_y * sine) * generator.uniform(0.7, 1.3)
    if role == "boundary":
        # A second cue, as in the article: luminance edges on the same line, of either polarity.
        for turn in (0, 180):
            line = ridge(orientation_deg, size, 0.7)
            weight += 0.2 * mix("edge", shape=line, orientation=orientation_deg + turn, tolerance=30)
    weight *= 4 / np.abs(weight).sum()
    return Unit(role, weight, -0.05, np.nan if role == "center_surround" else orientation_deg)
