"""What units answer to images: the search for those that they answer most, and the response to each."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.networks.extracted import Extracted
from highlow.networks.model import Network
from highlow.pictures import top_examples
from highlow.pictures.crops import Fields, receptive_fields
from highlow.pictures.image_files import IMAGE_SIZE, ImageFile, as_input
from highlow.pictures.top_examples import Examples
from highlow.runs.errors import HighlowError


def network_of(studied: Extracted, layers: Sequence[str]) -> Network:
    """Return the network up to the last of some layers.

    Raises
    ------
    HighlowError
        If the last layer does not depend on another: one pass would not compute both.
    """
    order = [node.name for node in studied.architecture.nodes]
    for layer in layers:
        studied.architecture.node(layer)
    last = max(layers, key=order.index)
    network = Network(studied.architecture, studied.weights, last)
    for layer in layers:
        if layer not in network.architecture.by_name:
            raise HighlowError(f"layer {last!r} of {studied.name!r} does not depend on {layer!r}")
    return network


def search(
    network: Network,
    images: Iterable[tuple[int, ImageFile]],
    layers: Sequence[str],
    count: int,
    *,
    cropped: str = "",
    device: torch.device | None = None,
) -> dict[str, tuple[Examples, Fields]]:
    """Return the images that every unit of some layers answers most.

    The network runs on one image at a time: what an image gives then cannot depend on the others of a batch, and on a
    CPU a batch is no faster.

    Parameters
    ----------
    network : Network
        Up to the last of the layers, as `network_of` returns it.
    images : iterable of (int, ImageFile)
        Images with their pixels, and their indices.
    layers : sequence of str
        Layers whose units are searched for.
    count : int
        Examples a unit.
    cropped : str
        The layer of which crops are kept.
    device : torch.device, optional
        Where the network is.

    Returns
    -------
    dict
        By layer, examples, best first, and the receptive fields of the units.
    """
    architecture = network.architecture
    fields = {layer: receptive_fields(architecture, layer, IMAGE_SIZE) for layer in layers}
    kept = {
        layer: top_examples.empty(
            architecture.node(layer).channels, count, int(fields[layer].size.max()) if layer == cropped else 0
        )
        for layer in layers
    }
    with torch.inference_mode():
        for index, file in images:
            assert file.pixels is not None
            alive = network.run(torch.from_numpy(as_input(file.pixels))[None].to(device), keep=layers)
            for layer in layers:
                activation = alive[layer][0]
                score = activation.amax(dim=(1, 2)).cpu().numpy()
                units, ranks = top_examples.better(kept[layer], index, score)
                # Where it is takes longer to find than how large it is, and is wanted of few units.
                position = top_examples.strongest(activation[torch.from_numpy(units)].cpu().numpy())
                top_examples.put(kept[layer], index, units, ranks, score[units], position)
                if layer == cropped:
                    for unit, rank, place in zip(units.tolist(), ranks.tolist(), position, strict=True):
                        size = fields[layer].size[unit]
                        kept[layer].crop[unit, rank, :size, :size] = fields[layer].crop(file.pixels, unit, place)
    return {layer: (top_examples.merged([examples], count), fields[layer]) for layer, examples in kept.items()}


def responses(
    network: Network, images: Iterable[tuple[int, ImageFile]], *, device: torch.device | None = None
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.int16]]]:
    """Yield the largest activation of every unit of the network's last layer in each image, and where it is.

    Parameters
    ----------
    network : Network
        As `network_of` returns it for the layer.
    images : iterable of (int, ImageFile)
        Images with their pixels, and their indices.
    device : torch.device, optional
        Where the network is.

    Yields
    ------
    int, ndarray, ndarray
        Index; float32, (unit,); row and column of the layer, int16, (unit, 2).
    """
    for index, file in images:
        assert file.pixels is not None
        with torch.inference_mode():
            alive = network(torch.from_numpy(as_input(file.pixels))[None].to(device))[0]
            score = alive.amax(dim=(1, 2)).cpu().numpy()
        yield index, score, top_examples.strongest(alive.cpu().numpy())
