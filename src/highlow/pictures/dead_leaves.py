"""Generated images whose boundaries are known: textured discs that cover one another.

The model is that of Lee, Mumford and Huang, "Occlusion models for natural images", International Journal of Computer
Vision 41, 2001: discs at random places, with radii of a density proportional to r^-3, each hiding what lies behind it.
Every disc (leaf) here also has a texture of its own spatial frequency, a blur and a colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.pictures.spectral_sides import LUMINANCE

KINDS = ("frequency", "luminance", "colour", "blur", "all")
RADII = (24.0, 120.0)  # px; both sides of most boundaries are wider than a receptive field of the studied layer
WAVELENGTHS = (3.0, 48.0)  # px
BLURS = (0.5, 6.0)  # px, standard deviation
CONTRAST = 0.15  # RMS of a texture that is not blurred
GREY = 0.5
OCTAVE_WIDTH = 0.4  # standard deviation of a texture's frequencies, in octaves
LARGEST_COUNT = 2000
RIM = 4.0  # how many standard deviations of its blur a leaf reaches beyond its radius


@dataclass(frozen=True)
class Leaf:
    """A disc.

    Attributes
    ----------
    x, y, radius : float
        In pixels; the first pixel is centred on (0, 0).
    wavelength : float
        Middle wavelength of its texture, in pixels.
    blur : float
        Standard deviation of the Gaussian that blurs its texture and its rim, in pixels.
    colour : tuple of float
        Mean RGB, 0 to 1.
    """

    x: float
    y: float
    radius: float
    wavelength: float
    blur: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Scene:
    """An image and what is in it.

    Attributes
    ----------
    kind : str
        What differs between its leaves: `frequency`, `luminance`, `colour`, `blur` or `all` of these.
    pixels : ndarray
        RGB, 0 to 255, (size, size, 3).
    label : ndarray
        Number of the leaf in front at every pixel, (size, size): the boundaries of this map are those of the image.
    leaves : tuple of Leaf
        From front to back.
    """

    kind: str
    pixels: NDArray[np.uint8]
    label: NDArray[np.int16]
    leaves: tuple[Leaf, ...]


def scene(kind: str, size: int, generator: np.random.Generator) -> Scene:
    """Return a scene of a kind.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    size : int
        In pixels.
    generator : numpy.random.Generator
        Source of all randomness.
    """
    image = np.zeros((size, size, 3))
    light = np.ones((size, size))  # what the leaves in front let through
    label = np.full((size, size), -1, dtype=np.int16)
    leaves: list[Leaf] = []
    for _ in range(LARGEST_COUNT):
        leaf = _random_leaf(kind, size, generator)
        reach = leaf.radius + RIM * leaf.blur
        rows, columns = (
            slice(max(int(middle - reach), 0), max(min(int(middle + reach) + 2, size), 0))
            for middle in (leaf.y, leaf.x)
        )
        y, x = np.ogrid[rows, columns]
        inside = leaf.radius - np.hypot(x - leaf.x, y - leaf.y)
        # The logistic function is within 0.01 of a Gaussian's integral: a blurred straight rim.
        alpha = light[rows, columns] / (1 + np.exp(-np.clip(1.702 * inside / leaf.blur, -60, 60)))
        if alpha.max(initial=0) < 1 / 255:
            continue
        texture = _texture(leaf, max(alpha.shape), generator)[: alpha.shape[0], : alpha.shape[1]]
        image[rows, columns] += alpha[..., None] * (np.array(leaf.colour) + texture[..., None])
        light[rows, columns] -= alpha
        label[rows, columns][(inside >= 0) & (label[rows, columns] < 0)] = len(leaves)
        leaves.append(leaf)
        if light.max() < 1 / 255 and label.min() >= 0:
            break
    pixels = np.round(255 * np.clip(image / (1 - light)[..., None], 0, 1)).astype(np.uint8)
    return Scene(kind, pixels, label, tuple(leaves))


def scenes(count: int, size: int, seed: int, kinds: Sequence[str] = KINDS) -> dict[str, Scene]:
    """Return `count` scenes of each kind, by a name that sorts them; each has a generator of its own."""
    return {
        f"{kind}_{number:02}": scene(kind, size, np.random.default_rng([seed, KINDS.index(kind), number]))
        for kind in kinds
        for number in range(count)
    }


def _random_leaf(kind: str, size: int, generator: np.random.Generator) -> Leaf:
    # Every value is drawn whatever the kind, so that scenes of all kinds have leaves of equal statistics.
    quantile, margin = generator.uniform(), RADII[1]
    small, large = RADII[0] ** -2.0, RADII[1] ** -2.0
    x, y = generator.uniform(-margin, size - 1 + margin, 2)
    wavelength = _log_uniform(WAVELENGTHS, generator)
    blur = _log_uniform(BLURS, generator)
    luminance = generator.uniform(0.25, 0.75)
    hue = generator.uniform(0.25, 0.75, 3)
    isoluminant = np.clip(GREY + hue - hue @ np.array(LUMINANCE), 0, 1)
    colours = {"luminance": np.full(3, luminance), "colour": isoluminant, "all": generator.uniform(0.2, 0.8, 3)}
    red, green, blue = colours.get(kind, np.full(3, GREY)).tolist()
    return Leaf(
        x=float(x),
        y=float(y),
        radius=float((small - quantile * (small - large)) ** -0.5),
        wavelength=wavelength if kind in ("frequency", "all") else 6.0,
        blur=blur if kind in ("blur", "all") else BLURS[0],
        colour=(red, green, blue),
    )


def _log_uniform(limits: tuple[float, float], generator: np.random.Generator) -> float:
    return float(np.exp(generator.uniform(*np.log(limits))))


def _texture(leaf: Leaf, size: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """Return grey noise around a leaf's wavelength, at least (size, size), with the leaf's blur, and mean 0."""
    size = -(-size // 16) * 16  # sizes that a Fourier transform is fast for
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = 1.0
    band = np.exp(-0.5 * (np.log2(frequency * leaf.wavelength) / OCTAVE_WIDTH) ** 2)
    band[0, 0] = 0.0
    spectrum = np.fft.rfft2(generator.normal(size=(size, size))) * band
    blurred = spectrum * np.exp(-2 * (np.pi * leaf.blur * frequency) ** 2)
    # Of a real transform the first and the last column count once, all others twice (Parseval).
    twice = np.where((fx == 0) | (fx == 0.5), 1, 2)
    deviation = np.sqrt((twice * np.abs(spectrum) ** 2).sum()) / size**2
    return np.asarray(CONTRAST / deviation * np.fft.irfft2(blurred, s=(size, size)))
