"""Dataset examples of a real network on real photographs."""

import numpy as np
import pytest
import torch

from highlow.networks import load, registry, weights
from highlow.pictures import dataset_examples, image_files, image_names, image_reader

pytestmark = pytest.mark.real


@pytest.mark.slow
def test_examples_are_the_largest_activations(weights_dir, images_dir):
    layers = ["mixed3a", "conv2d2", "mixed3b"]
    studied, _ = weights.extract(registry.entry("googlenet"), None, weights_dir)
    folder = str(images_dir / "nips17")
    names = [name for name in image_names.file_names(folder) if name.endswith(".jpg")][:12]
    network = dataset_examples.network_of(studied, layers)
    files = enumerate(image_reader.read_all(folder, names))
    found = dataset_examples.search(network, files, layers, 4, cropped="mixed3a")
    batch = np.stack([image_files.as_input(image_files.read(folder, name).pixels) for name in names])
    for layer in layers:
        alone = load("googlenet", layer, weights_dir=weights_dir)
        with torch.inference_mode():
            largest = alone(torch.from_numpy(batch)).amax(dim=(2, 3)).numpy()
        wanted = -np.sort(-largest, axis=0)[:4].T
        np.testing.assert_allclose(np.nan_to_num(found[layer][0].score), wanted, rtol=1e-4, atol=1e-3)
    network = dataset_examples.network_of(studied, ["mixed3a"])
    answers = list(dataset_examples.responses(network, enumerate(image_reader.read_all(folder, names))))
    assert [image for image, _, _ in answers] == list(range(len(names)))
    response = np.stack([largest for _, largest, _ in answers])
    order = np.argsort(-response, axis=0, kind="stable")[:4].T
    examples = found["mixed3a"][0]
    best = np.take_along_axis(response.T, order, axis=1)
    np.testing.assert_array_equal(np.nan_to_num(examples.score), best)
    np.testing.assert_array_equal(examples.image, np.where(best > 0, order, -1))
