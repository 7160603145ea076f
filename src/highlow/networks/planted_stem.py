"""The planted network's conv2d0, conv2d1 and conv2d2: from pixels to channels that know no orientation."""

import math
from itertools import product

import numpy as np

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
    ramp,
    random_unit,
    ridge,
    taps,
)

# Pixels. A plaid of wavelength w is a pair of gratings of wavelength w / sqrt(2).
# The shorter ones are met by fewer samples of the stride-2 grid, hence larger gains.
TEXTURE_GAINS = {2.4: 2.2, 3.6: 1.3, 5.5: 1.0}
TEXTURE_ORIENTATIONS = 4
PHASES = (
    0.0,
    120.0,
    240.0,
)  # rectified and added they are constant within 14 %, with one channel less than four
EDGE_WAVELENGTH = 12.0
DIRECTIONS = 8
# Amplitude, on the network's input, of each grating of a plaid of contrast 0.3: responses are 1 there.
GRATING_AMPLITUDE = 0.3
OPPONENT = {
    "red": (1.0, -1.0, 0.0),
    "green": (-1.0, 1.0, 0.0),
    "blue": (-0.5, -0.5, 1.0),
    "yellow": (0.5, 0.5, -1.0),
}
OPPONENT_PAIRS = (("red", "green"), ("green", "red"), ("blue", "yellow"), ("yellow", "blue"))


def _grey(shape: Array) -> Array:
    return np.repeat(shape[None] / 3, 3, axis=0)


def _gabor(orientation_deg: float, wavelength: float, phase_deg: float) -> Array:
    """Return a filter (3, 7, 7) without response to a constant, and response 1 to its own grating."""
    x, y = taps(7)
    carrier = np.cos(2 * np.pi * along(orientation_deg, 7) / wavelength + math.radians(phase_deg))
    sigma = float(np.clip(0.45 * wavelength, 1.3, 2.0))
    envelope = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    shape = envelope * (carrier - (envelope * carrier).sum() / envelope.sum())
    return _grey(shape / (GRATING_AMPLITUDE * (shape * carrier).sum()))


def conv2d0(generator: np.random.Generator) -> Layer:
    """Return 64 filters: gratings of three wavelengths, edges, brightness, colour, random."""
    turn = generator.uniform(0, 180 / TEXTURE_ORIENTATIONS)
    units = []
    for wavelength, step, phase in product(TEXTURE_GAINS, range(TEXTURE_ORIENTATIONS), PHASES):
        orientation = (turn + step * 180 / TEXTURE_ORIENTATIONS) % 180
        jittered = wavelength * generator.uniform(0.95, 1.05)
        weight = TEXTURE_GAINS[wavelength] * _gabor(orientation, jittered, phase)
        units.append(Unit(f"gabor_{wavelength:g}px", weight, -0.12, orientation))
    for step in range(DIRECTIONS):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("edge", _gabor(orientation, EDGE_WAVELENGTH, -90), -0.05, orientation))
    for sign, role in ((1, "bright"), (-1, "dark")):
        for sigma in (1.6, 2.0, 2.4):
            units.append(Unit(role, sign * _grey(blob(7, sigma)) / GRATING_AMPLITUDE, -0.05))
    for color, mixture in OPPONENT.items():
        units.append(Unit(color, np.multiply.outer(np.array(mixture), blob(7, 2.0))))
    for orientation, color in zip((0.0, 90.0, 180.0, 270.0), OPPONENT, strict=True):
        shape = _gabor(orientation, EDGE_WAVELENGTH, -90)[0]
        units.append(Unit("color_edge", np.multiply.outer(np.array(OPPONENT[color]), shape), 0.0, orientation))
    return arrange(units, 64, lambda: random_unit(3, 7, 0.3, 0.0, generator), generator)


def conv2d1(below: Layer, generator: np.random.Generator) -> Layer:
    """Return 64 units: energy without phase, energy without orientation, smoothness, filters passed on."""
    mix = Mixer(below, generator)
    textures = [f"gabor_{wavelength:g}px" for wavelength in TEXTURE_GAINS]
    orientations = sorted({unit.orientation_deg for unit in below if unit.role == textures[0]})
    units = []
    # The gains make up for the share of the gratings that a texture excites.
    for texture, orientation in product(textures, orientations):
        units.append(Unit("texture", 3 * mix(texture, orientation=orientation), -0.15, orientation))
    for _ in range(6):
        units.append(Unit("texture_energy", 4 * mix(*textures), -0.24))
    for _ in range(4):
        inhibition = 4 * mix(textures[0]) + 4 * mix(textures[1]) + 3 * mix(textures[2])
        units.append(Unit("smooth", -inhibition, 1.0))
        units.append(Unit("smooth_luminance", 1.5 * mix("bright", "dark") - inhibition, 0.3))
    for role in ("bright", "dark"):
        units += [Unit(role, mix(role)) for _ in range(3)]
    for role in ("edge", *OPPONENT, "color_edge"):
        for channel in find(below, role):
            weight = mix.on([channel])
            threshold = 0.0 if role == "edge" else -0.1  # weight noise lets colour channels see grey
            units.append(Unit(role, weight, threshold, below[channel].orientation_deg))
    return arrange(units, 64, lambda: random_unit(64, 1, 0.3, 0.0, generator), generator)


def conv2d2(below: Layer, generator: np.random.Generator) -> Layer:
    """Return 192 units: high- and low-frequency channels without orientation, and distractors."""
    mixer = Mixer(below, generator)

    def mix(role: str, shape: Array | None = None, orientation: float | None = None) -> Array:
        return mixer(role, shape=blob(3, 0.6) if shape is None else shape, orientation=orientation)

    units = []
    for _ in range(int(generator.integers(10, 17))):
        oriented = generator.uniform(0.3, 1.0)
        weight = 0.3 * mix("texture_energy") + 0.3 * oriented * mix("texture") - mix("smooth")
        # Mostly "not smooth", which saturates with contrast: a contrast edge is no frequency edge.
        gain = generator.uniform(0.8, 1.25)
        units.append(Unit("high_frequency", gain * weight, 0.5 * gain))
    for _ in range(int(generator.integers(10, 17))):
        smooth = generator.uniform(0.4, 0.8)
        weight = smooth * mix("smooth") + (1 - smooth) * mix("smooth_luminance") - mix("texture_energy")
        units.append(Unit("low_frequency", generator.uniform(0.8, 1.25) * weight, -0.1))
    for step, width in product(range(DIRECTIONS), (0.5, 0.7, 0.9)):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("edge", mix("edge", ridge(orientation, 3, width), orientation), -0.1, orientation))
    for step, turn in product(range(DIRECTIONS), (-1, 1)):
        orientation = step * 360 / DIRECTIONS
        units.append(Unit("curve", _curve(mixer, orientation, turn), -0.2, orientation))
    for (color, other), orientation in product(OPPONENT_PAIRS, (0.0, 90.0, 180.0, 270.0)):
        shape = ramp(orientation, 3, 0.6)
        units.append(Unit("color_contrast", mix(color, shape) - mix(other, shape), -0.4, orientation))
    for orientation in sorted({unit.orientation_deg for unit in below if unit.role == "texture"}):
        for gain in (0.8, 1.2):
            weight = gain * (mix("texture", orientation=orientation) - 0.5 * mix("texture"))
            units.append(Unit("oriented_texture", weight, -0.1, orientation))
    for role, _ in product(("bright", "dark"), range(6)):
        units.append(Unit(role, mix(role)))
    for role, other in (("bright", "dark"), ("dark", "bright")):
        for orientation in (0.0, 45.0, 90.0, 135.0):
            line = ridge(orientation, 3, 0.5)
            weight = mix(role, line) - mix(role, 1 / 9 + 0 * line) + mix(other, 1 / 9 - line)
            units.append(Unit("line", weight, -0.05, orientation))
    return arrange(units, 192, lambda: random_unit(64, 3, 0.4, 0.05, generator), generator)


def _curve(mix: Mixer, orientation: float, turn: int) -> Array:
    """Return an edge that turns by 45 degrees from one end to the other."""
    x, y = taps(3)
    cosine, sine = direction(orientation)
    lengthwise = cosine * y - sine * x
    weight = np.zeros((64, 3, 3))
    for end in (-1, 1):
        bent = orientation + (45 * turn if end > 0 else 0)
        shape = ridge(orientation, 3, 0.7) * np.clip(end * lengthwise + 0.5, 0, 1)
        weight += mix("edge", shape=shape / shape.sum() / 2, orientation=bent)
    return weight
