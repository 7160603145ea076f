"""How crops are made to look different: colour and contrast, never blur.

Blur and noise of the lens are what high-low frequency detectors may be good for, so neither is hidden from the network.
"""

import numpy as np
from numpy.typing import NDArray

from highlow.pictures.spectral_sides import LUMINANCE
from highlow.training.recipe import Recipe

GAIN = 0.2  # natural logarithm; standard deviation of a channel's gain
CONTRAST = 0.3  # the same, of the contrast
BRIGHTNESS = 0.1  # of 0..1; standard deviation of what is added


def augmented(crops: NDArray[np.uint8], recipe: Recipe, step: int, stream: int = 0) -> NDArray[np.float32]:
    """Return crops, (N, H, W, 3), as RGB in about 0..1, (N, 3, H, W), with random gains, contrast and grey."""
    generator = np.random.default_rng([recipe.seed, 3, step, stream])
    count = len(crops)
    images = crops.astype(np.float32) / 255
    grey = generator.random(count) < recipe.grey_share
    images[grey] = (images[grey] @ np.array(LUMINANCE, dtype=np.float32))[..., None]
    gain = np.exp(generator.normal(0, GAIN, (count, 1, 1, 3))).astype(np.float32)
    contrast = np.exp(generator.normal(0, CONTRAST, (count, 1, 1, 1))).astype(np.float32)
    brightness = generator.normal(0, BRIGHTNESS, (count, 1, 1, 1)).astype(np.float32)
    images *= gain
    mean = images.mean(axis=(1, 2, 3), keepdims=True)
    images = (images - mean) * contrast + mean + brightness
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))
