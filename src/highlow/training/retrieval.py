"""Whether features of a trained network tell photographs apart that it was not trained on: retrieval by similarity."""

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.networks.extracted import Extracted
from highlow.networks.model import Network
from highlow.pictures.image_files import as_input
from highlow.training.photographs import Photographs, cut, held_out_strip, trained_part

CROPS = 4  # of which the features of a query, and of an answer, are the mean
LARGEST_GALLERY = 200
BATCH = 64


def retrieval(network: Extracted, photographs: Photographs, crop_size: int, device: torch.device) -> dict[str, float]:
    """Return how often the crops of an image find other crops of the same image among all images, and chance.

    Returns
    -------
    dict
        `held_out_crops`: queries are from the strip of a trained image that was not trained on, answers from its
        rest; `held_out_photographs`: both are from images that were not trained on, from separate halves; `chance_...`
        of each. Features are the last layer's means over positions, over four crops, centred over the images; the
        nearest by cosine counts.
    """
    module = Network(network.architecture, network.weights, network.architecture.nodes[-1].name).to(device)
    trained = list(enumerate(photographs.trained))[:LARGEST_GALLERY]
    held = photographs.held_out[:LARGEST_GALLERY]
    strips = [held_out_strip(image, index, crop_size) for index, image in trained]
    rests = [trained_part(image, index, crop_size) for index, image in trained]
    halves = [np.array_split(image, 2, axis=1) for image in held]
    pairs = {
        "held_out_crops": (strips, rests),
        "held_out_photographs": ([left for left, _ in halves], [right for _, right in halves]),
    }
    result = {}
    for name, (queries, answers) in pairs.items():
        query, answer = (_features(module, parts, crop_size, device) for parts in (queries, answers))
        result[name] = float((np.argmax(query @ answer.T, axis=1) == np.arange(len(query))).mean())
        result[f"chance_{name}"] = 1 / len(query)
    return result


def _features(
    module: Network, parts: list[NDArray[np.uint8]], crop_size: int, device: torch.device
) -> NDArray[np.floating]:
    """Return centred unit features of each part of an image, (image, channel)."""
    generator = np.random.default_rng(0)
    crops = np.stack([cut(part, generator.random(2), crop_size) for part in parts for _ in range(CROPS)])
    features = []
    with torch.no_grad():
        for first in range(0, len(crops), BATCH):
            batch = torch.from_numpy(as_input(crops[first : first + BATCH])).to(device)
            features.append(module(batch).mean(dim=(2, 3)).cpu().numpy())
    mean = np.concatenate(features).reshape(len(parts), CROPS, -1).mean(axis=1)
    centred = mean - mean.mean(axis=0)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12))
