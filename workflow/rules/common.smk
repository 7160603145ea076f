"""Configuration, wildcards and the helpers that rules share. Imports neither torch nor numpy."""

import json
import os
import sys
from pathlib import Path

import yaml

BASE = Path(workflow.basedir)
sys.path.insert(0, str(BASE / "src"))

from highlow import config as configuration
from highlow.code_dependencies import imported_files
from highlow.errors import HighlowError
from highlow.networks import registry

# Jobs run with this interpreter and this library, from whatever folder snakemake was called in. A conda environment,
# which is activated inside the job, comes before both on PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
os.environ["PYTHONPATH"] = str(BASE / "src")
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"

FAMILIES = ("high_low", "high_low_balanced", "uniform", "uniform_plaid")
FIGURES = ("stimulus_axes", "fig03_tuning", "fig07_factor_responses", "fig08_factor_tuning", "fig09_spatial_factors")
TABLES = ("candidates", "tuning", "detectors")


def one_line(action):
    """Return what `action` returns; end with one line instead of a traceback if the user can mend it."""
    try:
        return action()
    except HighlowError as error:
        raise SystemExit(f"error: {error}")


with open(BASE / "workflow/schemas/config.schema.yaml", encoding="utf-8") as file:
    SCHEMA = yaml.safe_load(file)
config = one_line(lambda: configuration.validated(config, SCHEMA))
STIMULI = config["stimuli"]
SEED = config["seed"]
NETWORK = config["network"]


def resolved_weights_dir():
    """Return the weight folder as an absolute path: relative ones count from where snakemake was called."""
    given = config["weights_dir"] or os.environ.get("HIGHLOW_WEIGHTS")
    if not given:
        return ""
    starts = [Path.cwd(), Path(os.environ.get("PWD", ".")), BASE]
    found = [start / given for start in starts if (start / given).is_dir()]
    return str((found or [Path.cwd() / given])[0].resolve())


# Through the environment, not through the command: the folder is not part of what a result is made from.
os.environ["HIGHLOW_WEIGHTS"] = resolved_weights_dir()


def entry(network):
    return registry.entry(network, config["networks"])


def architecture(network):
    found = entry(network)
    return registry.architecture(found.architecture, found.padding)


def layer_of(network):
    """Return the layer that is studied in a network."""
    return config["layer"] if config["layer"] and network == NETWORK else entry(network).layer


def branch_of(network):
    """Return the branch whose weights are factorized; a layer without that branch is its own."""
    branches = architecture(network).branch_of_unit(layer_of(network))
    return entry(network).branch if entry(network).branch in branches else branches[0]


def sources_of(network):
    """Return the earlier layers of a network whose channels are factorized, nearest first."""
    found = entry(network)
    layer = layer_of(network)
    return found.sources if layer == found.layer else architecture(network).layers_before(layer)[:1]


def paths_of(network):
    """Return the factor files of a network, as (source, target)."""
    found = entry(network)
    paths = [(source, layer_of(network)) for source in sources_of(network)]
    if found.downstream and layer_of(network) == found.layer:
        paths.append((found.layer, found.downstream))
    return paths


def checked_units():
    """Return the units that figures show; an empty list leaves the choice to the figure."""
    units = [] if config["units"] == "auto" else config["units"]
    count = architecture(NETWORK).node(layer_of(NETWORK)).channels
    for unit in units:
        if unit >= count:
            raise HighlowError(
                f"layer {layer_of(NETWORK)!r} of {NETWORK!r} has no unit {unit}; its units are 0 to {count - 1}"
            )
    return units


UNITS = one_line(checked_units)
one_line(lambda: paths_of(NETWORK))


def code(script, *modules):
    """Return a script and every library file that it runs: their change reruns the rule."""
    roots = [BASE / "scripts" / script, *(BASE / "src/highlow" / module for module in modules)]
    return [os.path.relpath(path) for path in imported_files(roots, BASE / "src")]


def contract_files(network):
    """Return everything that the pipeline promises for a network."""
    root = f"results/{network}"
    files = [f"{root}/weights.h5", f"{root}/scorecard.tsv", f"{root}/report/index.html"]
    files += [f"{root}/activations/{layer_of(network)}/{family}.h5" for family in FAMILIES]
    files += [f"{root}/tables/{table}.tsv" for table in TABLES]
    files += [f"{root}/factors/{source}_to_{target}.h5" for source, target in paths_of(network)]
    files += [f"{root}/figures/{figure}.svg" for figure in FIGURES]
    if entry(network).generator == "planted":
        files.append(f"{root}/tables/ground_truth.tsv")
    return files


wildcard_constraints:
    network=r"[A-Za-z0-9_]+",
    layer=r"[A-Za-z0-9_]+",
    family="|".join(FAMILIES),
    source=r"[A-Za-z0-9_]+?",
    target=r"[A-Za-z0-9_]+?",
