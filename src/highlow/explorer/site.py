"""The page of the explorer: what it says of the network, its factors and its stimuli, and its program."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from highlow.circuits import factor_file
from highlow.explorer import data_file, sheets
from highlow.pictures import picture_file
from highlow.probes import families as stimulus_families
from highlow.storage.atomic_files import atomic_path

SHOWN_CHANNELS = 24  # of a factor, the strongest
PROGRAM = "program"  # folder of the page's program and style
# In the order in which they are loaded: each uses those before it.
SCRIPTS = (
    *("core.js", "stimuli.js", "colours.js", "numbers.js", "state.js", "elements.js", "charts.js", "pictures.js"),
    *("listing.js", "download.js", "tuning.js", "wiring.js", "polar.js", "grid.js", "unit.js", "compare.js"),
    *("factors.js", "families.js", "tour.js", "main.js"),
)


def factors(
    files: Sequence[tuple[str, str]], pictures: Sequence[tuple[str, str]], names: Mapping[str, str], output: Path
) -> list[dict[str, Any]]:
    """Return the HF and LF factors of each path as weighted sums of channels, and write their pictures.

    Parameters
    ----------
    files, pictures : sequence of (str, str)
        Factors, and pictures of them where there are any, by path (`maxpool1_to_mixed3a`).
    names : mapping
        What a pool's channels are shown as.
    output : Path
        Folder of the pictures.
    """
    pictured = dict(pictures)
    listed = []
    for path, file in files:
        fit = factor_file.read(file)
        source, _, target = path.partition("_to_")
        parts = []
        for number, (name, channel) in enumerate(zip(("HF", "LF"), fit.factors.channel, strict=True)):
            order = np.argsort(-channel, kind="stable")[:SHOWN_CHANNELS]
            part = {"name": name, "channels": order.tolist(), "weights": data_file.numbers(channel[order])}
            part["share"] = data_file.numbers((channel[order] ** 2) / (channel**2).sum())
            part["centroid_octaves"] = data_file.numbers(fit.centroid_octaves)[number]
            if path in pictured:
                image = picture_file.read(pictured[path]).of(number)
                part["picture"] = f"{path}_{name}.jpg"
                assert image is not None
                sheets.write(output / str(part["picture"]), image)
            parts.append(part)
        listed.append(
            {
                "source": source,
                "shown": names.get(source, source),
                "target": target,
                "factors": parts,
                "explained": data_file.numbers(np.array([fit.factors.explained, fit.factors.bound])),
                "separation_octaves": data_file.numbers(np.array([fit.separation_octaves]))[0],
                "fitted_on": fit.units.tolist(),
            }
        )
    return listed


def families(files: Iterable[str]) -> dict[str, Any]:
    """Return the axes and parameters of every family of stimuli, by name."""
    found = {}
    for path in files:
        family = stimulus_families.read(path)
        parameters = family.parameters.items()
        found[family.name] = {
            "axes": {axis: values.tolist() for axis, values in family.axes.items()},
            "parameters": {key: {"axes": list(over), "values": values.tolist()} for key, (over, values) in parameters},
        }
    return found


def write_page(output: Path, title: str) -> list[str]:
    """Write the page and its program; return the names of the files, relative to the page."""
    source = resources.files("highlow").joinpath("resources", "explorer")
    names = ["explorer.css", *SCRIPTS]
    for name in names:
        with resources.as_file(source / name) as path, atomic_path(output.parent / PROGRAM / name) as target:
            shutil.copyfile(path, target)
    tags = "\n".join(f'<script src="{PROGRAM}/{name}" defer></script>' for name in SCRIPTS)
    text = (source / "index.html").read_text(encoding="utf-8")
    with atomic_path(output) as path:
        path.write_text(text.replace("{{title}}", title).replace("{{scripts}}", tags), encoding="utf-8")
    return [output.name, *(f"{PROGRAM}/{name}" for name in names)]
