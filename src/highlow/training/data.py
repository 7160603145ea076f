"""What a network is trained on: a folder of photographs, or dead leaves that are generated."""

import os
from multiprocessing import get_context

import numpy as np

from highlow.pictures import dead_leaves
from highlow.pictures.image_reader import START_METHOD
from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress
from highlow.runs.worker_processes import WorkerDiedError, ordered_map
from highlow.training import photographs as images
from highlow.training.photographs import Photographs, Pixels

KINDS = ("photographs", "dead_leaves")
SCENES = 1000  # as many as photographs in the set that the shipped weights are trained on
SCENE_SIZE = 256  # px
PROCESSES = 2


def photographs(kind: str, folder: str | os.PathLike[str] | None, crop_size: int, seed: int) -> Photographs:
    """Return the images of a kind.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    folder : path or None
        Of photographs; dead leaves need none.
    crop_size : int
        Pixels that a photograph must be large enough for.
    seed : int
        Of the generated scenes.

    Raises
    ------
    HighlowError
        If photographs are wanted and no folder is named, or it has too few; if crops are too large for the scenes.
    """
    if kind == "photographs":
        if not folder:
            raise HighlowError("training needs photographs: name a folder in the config key images")
        return images.read(folder, crop_size)
    if 2 * crop_size > SCENE_SIZE:
        raise HighlowError(
            f"training: crop_size {crop_size} is too large for scenes of {SCENE_SIZE} px; take at most half"
        )
    keys = [(seed, number) for number in range(SCENES)]
    made = ordered_map(_scene, keys, processes=PROCESSES, ahead=10, context=get_context(START_METHOD))
    try:
        scenes = list(progress(made, "scenes", "image", total=SCENES))
    except WorkerDiedError:
        raise HighlowError("a process that generates scenes died; free some memory and run again") from None
    return images.split(scenes, "dead leaves")


def _scene(key: tuple[int, int]) -> Pixels:
    return dead_leaves.scene("all", SCENE_SIZE, np.random.default_rng([*key, len(dead_leaves.KINDS)])).pixels
