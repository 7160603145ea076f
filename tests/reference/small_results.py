"""Small results, laid out as the pipeline's, in a fraction of a second."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image

from highlow.figures.drawing import Drawing
from highlow.pictures import picture_file
from highlow.storage import checksums, hdf5_files, provenance, table_files

# What systems, file managers and editors put beside files.
LEFT_BY_OTHERS = (
    *(".DS_Store", "._found.tsv", "Thumbs.db", "desktop.ini", ".directory", ".nfs000000000001", ".~lock.a.tsv#"),
    *(".found.tsv.swp", "found.tsv~", "~$found.xlsx", ".Trash-1000/a", ".git/config", ".fuse_hidden0001"),
    *(".ipynb_checkpoints/a-checkpoint.tsv", "__MACOSX/a", "lost+found/a"),
)


def hdf5(path, **inputs):
    with hdf5_files.create(path, provenance.made_from(inputs)) as file:
        hdf5_files.write_array(file, path.stem, np.arange(40.0), compress=True)
        file["n"] = len(path.parts[-2]) + len(path.stem)
    return path


def table(path, **inputs):
    name = path.name
    table_files.write(path, pd.DataFrame({"unit": [1, 2], name: [0.5, 0.25]}), provenance.made_from(inputs))
    return path


def made(folder):
    """Make results as the pipeline lays them out: two families of stimuli, two networks, figures, pictures, images."""
    stimuli = {name: hdf5(folder / f"stimuli/{name}.h5") for name in ("a", "b")}
    images = folder / "images/generated"
    images.mkdir(parents=True)
    for index in range(3):
        Image.fromarray(np.full((4, 4, 3), index, np.uint8)).save(images / f"{index}.png")
    names = [f"generated/{index}.png" for index in range(3)]
    checksums.write_json(folder / "images/generated.provenance.json", {"files": checksums.hashed(images.parent, names)})
    for network in ("n", "long_name"):
        root = folder / network
        weights = hdf5(root / "weights.h5")
        answers = {
            name: hdf5(root / f"activations/layer/{name}.h5", stimuli=path, weights=weights)
            for name, path in stimuli.items()
        }
        found = table(root / "tables/found.tsv", **answers)
        hdf5(root / "factors/c_to_d.h5", candidates=found, weights=weights)
        table(root / "scorecard.tsv", detectors=found)
        drawing = Drawing(plt.figure(figsize=(1, 1)), pd.DataFrame({"x": [len(network)]}), {})
        drawing.save(str(root / "figures/fig01"), {"found": found, "weights": weights}, {})
        one, pixels = np.ones(2), np.zeros((2, 8, 8, 3), np.uint8)
        pixels[1] = len(network)
        pictures = picture_file.Pictures(network, "layer", np.array([3, 5]), pixels, one, one, one > 0)
        picture_file.write_png(root / "pictures/layer", pictures)
        for name in ("logs/a.log", "benchmarks/a.tsv"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("not checked")
    return folder
