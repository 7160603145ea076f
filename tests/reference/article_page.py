"""A small article page of generated figures, as the pipeline would hand them to the page."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd

from highlow.figures import page
from highlow.figures.drawing import place
from highlow.networks import registry
from highlow.networks.architectures import architecture
from highlow.storage import checksums, provenance, table_files

CLAIMS = (
    ("detectors in the layer (at least 8)", "3", "", "15", "-12", "fails"),
    ("response to the opposite orientation, share (median, at most 0.1)", "0.01", "0 to 0.02", "", "", "holds"),
    ("response to gratings, share of peak (median, at most 0.3)", "", "", "", "", "not measurable"),
    ("maxpool1: correlation of the HF and LF maps (median, at most -0.9)", "-0.99", "", "-0.997", "0.007", "holds"),
)
NOTHING = "maxpool1: correlation"  # holds in a destroyed copy too
FIGURES = ("hero", "stimulus_axes", "fig01b_diversity", "fig03_tuning", "fig09_spatial_factors", "fig99_unheard_of")


# What figure 3 draws: the response is the orientation times the ratio.
ORIENTATIONS, RATIOS, MAP = (0, 90, 180, 270, 360), (1, 3, 9), [0.2, 0.2, 0.3, 0.6]


def tuning_of(figure):
    """Draw the axes of figure 3 for one unit; return what is on them, and their places by name."""
    left, right = figure.add_axes(MAP), figure.add_axes([0.6, 0.2, 0.3, 0.6])
    left.set(xlim=(0, 360), ylim=(RATIOS[0], RATIOS[-1]), yscale="log")
    right.set(xlim=(0, 360), ylim=(0, 2160))
    pairs = itertools.product(ORIENTATIONS, RATIOS)
    rows = [("mixed3a", 70, orientation, ratio, orientation * ratio) for orientation, ratio in pairs]
    table = pd.DataFrame(rows, columns=["layer", "unit", "orientation_deg", "ratio", "response"])
    return table, {"map:70": left, "curve:70": right}


def write_figure(folder, name, summary):
    """Write the four files of a figure and its caption; return the path of the SVG."""
    stem = folder / "figures" / name
    stem.parent.mkdir(exist_ok=True, parents=True)
    figure = plt.figure(figsize=(7.5, 2))
    figure.text(0.1, 0.5, name)
    table, axes = tuning_of(figure) if name == "fig03_tuning" else (pd.DataFrame({"unit": [1], "value": [2]}), {})
    for suffix in ("svg", "png"):
        figure.savefig(f"{stem}.{suffix}", dpi=50)
    plt.close(figure)
    table.to_csv(stem.with_suffix(".tsv"), sep="\t", index=False)
    settings = {"layer": "mixed3a", "pattern_size": 60}
    origin = provenance.made_from(inputs={"numbers": stem.with_suffix(".tsv")}, config=settings, seed=0)
    files = checksums.hashed(stem.parent, [f"{name}{suffix}" for suffix in page.SUFFIXES])
    record = {"summary": summary, "provenance": origin, "files": files}
    record["axes"] = {key: place(value) for key, value in axes.items()}
    checksums.write_json(stem.with_suffix(".json"), record)
    (folder / f"{name}.rst").write_text(f"Caption of ``{name}`` with *emphasis* & <b>.\n")
    return stem.with_suffix(".svg")


def write_tables(folder, claims=CLAIMS):
    """Write a scorecard, a table of detectors and the two tables of the page; return their paths."""
    columns = ("claim", "value", "interval", "published value", "difference", "verdict")
    card = pd.DataFrame(claims, columns=columns)
    card.insert(5, "control values", "")
    card["section"] = ["Function", "Function", "Controls", "Implementation"][: len(card)]
    card = card.assign(measure="what is measured", limit="a limit", reason="why there", says_nothing="")
    card["command"] = "snakemake results/planted/tables/example_sides.tsv --config network=planted"
    card.loc[card["claim"].str.startswith(NOTHING), "says_nothing"] = "random 1 of 1"
    units = pd.DataFrame(
        {
            "layer": "mixed3a",
            "unit": [70, 71, 72],
            "branch": "3x3",
            "is_detector": [1, 0, 1],
            "score": [0.9, 0.5, 0.8],
            "preferred_orientation_deg": [10.0, float("nan"), 200.4],
            "weight_orientation_deg": [11.0, float("nan"), 199.0],
            "hf_lf_map_correlation": [-0.99, 0.1, -0.95],
            "map_antisymmetry": [0.9, 0.1, 0.8],
        }
    )
    top = pd.DataFrame({"layer": "mixed3b", "unit": [3, 5], "l2_norm": [0.512345, 0.25]})
    tables = {"scorecard": card, "detectors": units, "downstream_top20": top}
    paths = {name: folder / f"{name}.tsv" for name in tables}
    for name, table in tables.items():
        table_files.write(paths[name], table, {})
    return paths


def render(
    folder,
    names=FIGURES,
    network="planted",
    claims=CLAIMS,
    title=None,
    tables=("downstream_top20",),
    summaries=None,
    weights=None,
    explored=None,
):
    """Return the text of a page of generated figures, written below `folder`."""
    paths = write_tables(folder, claims)
    summary = {"maxpool1": {"median_map_correlation": -0.9975}, "units": [70, 72]}
    svgs = [write_figure(folder, name, (summaries or {}).get(name, summary)) for name in names]
    values = registry.as_json(
        registry.entry(network),
        *("title", "architecture", "generator", "source", "layer", "control", "draw", "base", "fingerprint"),
        *("downstream", "embedded"),
    )
    entry = registry.from_json(values | ({"title": title} if title else {}))
    origin = provenance.made_from(inputs={"scorecard": paths["scorecard"]})
    return page.render(
        entry,
        entry.layer,
        (architecture(entry.architecture).depth(entry.layer) or ()) if entry.architecture else (),
        [page.read_figure(svg, folder) for svg in svgs],
        [paths[name] for name in tables],
        str(paths["scorecard"]),
        str(paths["detectors"]),
        f"--config network={network}",
        weights,
        origin,
        explored,
    )


def write_page(folder, **options):
    """Write a page with the files of its figures; return its path."""
    text = render(folder, **options)
    (folder / "index.html").write_text(text, encoding="utf-8")
    return folder / "index.html"
