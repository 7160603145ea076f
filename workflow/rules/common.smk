"""Configuration, wildcards and the helpers that rules share. Imports neither torch nor numpy."""

import json
import os
import re
import shlex
import sys
from functools import cache
from pathlib import Path

import yaml

BASE = Path(workflow.basedir)
sys.path.insert(0, str(BASE / "src"))

from highlow.runs import config as configuration
from highlow.runs import run_register
from highlow.storage.checksums import read_json
from highlow.runs.code_hashes import code_hash
from highlow.runs.errors import HighlowError, nearest, os_error_line
from highlow.storage.checksums import sha256
from highlow.networks import registry, weight_files
from highlow.networks.architectures import architecture as build_architecture
from highlow.networks.architectures import definition

# Jobs run with this interpreter and this library, from whatever folder snakemake was called in. A conda environment,
# which is activated inside the job, comes before both on PATH.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    PYTHONPATH=str(BASE / "src"),
    HIGHLOW_SCRIPTS=str(BASE / "scripts"),
    PYTHONDONTWRITEBYTECODE="1",
)

LARGE_FAMILIES = ("high_low", "high_low_balanced", "uniform")
SMALL_FAMILIES = ("uniform_plaid", "grating", "luminance_edge", "colour_edge", "contrast_edge")
# What tells the kinds of units apart, in the order of the script's option.
INPUT_FAMILIES = ("luminance_edge", "colour_edge", "grating", "contrast_edge", "uniform_plaid")
# Shown to the layer that uses the detectors, where one is registered.
DOWNSTREAM_FAMILY = "texture_regions"
FAMILIES = (*LARGE_FAMILIES, *SMALL_FAMILIES)
# Edges tell one side from the other, textures do not: with both, the structure of a channel of its own is measured.
STRUCTURE_FAMILIES = ("contrast_edge", "luminance_edge", "colour_edge", "uniform_plaid", "grating")
FIGURES = (
    "hero",
    "fig01_feature_visualizations",
    "fig01b_diversity",
    "fig02_dataset_examples",
    "stimulus_axes",
    "control_stimuli",
    "fig03_tuning",
    "fig04_weights",
    "fig05_clusters",
    "fig06_factors",
    "fig07_factor_responses",
    "fig08_factor_tuning",
    "fig09_spatial_factors",
    "fig09b_exception",
)
DOWNSTREAM_FIGURES = (
    "fig10_usage",
    "fig11_excitation_inhibition",
    "fig12_boundary_inputs",
    "fig13_boundary_detectors",
    "figx_polarity_invariance",
)
UNIVERSALITY_FIGURES = ("fig14_similar_detectors", "fig15_universality_factors")
TRAINING_FIGURES = ("figx_emergence",)
TABLES = ("candidates", "tuning", "detectors", "universality")
TRAINING_TABLES = ("emergence", "training_runs")
DOWNSTREAM_TABLES = ("downstream_top20", "downstream_roles", "downstream_units", "input_kinds")


def one_line(action):
    """Return what `action` returns; end with one line instead of a traceback if the user can mend it."""
    try:
        return action()
    except HighlowError as error:
        raise SystemExit(f"error: {error}")
    except OSError as error:
        raise SystemExit(f"error: {os_error_line(error)}")


def check_folder():
    """Raise a HighlowError if Snakemake would take parts of the working folder's name for wildcards."""
    if {"{", "}"} & set(os.getcwd()):
        raise HighlowError(f"{os.getcwd()}: a folder with braces in its name; choose another with --directory")


one_line(check_folder)

with open(BASE / "workflow/schemas/config.schema.yaml", encoding="utf-8") as file:
    SCHEMA = yaml.safe_load(file)
config = one_line(lambda: configuration.validated(config, SCHEMA))


def entry(network):
    return registry.entry(network, config["networks"])


STIMULI = config["stimuli"]
SEED = config["seed"]
NETWORK = config["network"]


def names_where(wanted):
    """Return the registered networks whose entry is wanted, as a pattern; controls are not among them."""
    names = (*registry.shipped(), *config["networks"])
    return "|".join(re.escape(name) for name in names if one_line(lambda: wanted(entry(name)))) or "(?!)"


CONTROL_NAMES = f"(?:{names_where(lambda found: True)})_(?:{'|'.join(registry.CONTROLS)})(?:_[1-9][0-9]*)?"


def resolved_weights_dir():
    """Return the weight folder as an absolute path: relative ones count from where snakemake was called."""
    given = config["weights_dir"] or os.environ.get("HIGHLOW_WEIGHTS")
    if not given:
        return ""
    # A job's own snakemake process starts in the work folder, with the absolute path in its environment.
    # Unlike Path.resolve this takes a loop of links for a folder that is not there.
    return os.path.realpath(Path(workflow.rundir) / given)


# Through the environment, not through the command: neither is part of what a result is made from.
os.environ.update(HIGHLOW_WEIGHTS=resolved_weights_dir(), HIGHLOW_DEVICE=config["device"])


def architecture(network):
    found = entry(network)
    return build_architecture(found.architecture, found.padding)


def intact(network):
    """Return the network that a control destroys, any other itself."""
    return entry(network).base or network


def layer_of(network):
    """Return the layer that is studied in a network and its controls."""
    return config["layer"] if config["layer"] and intact(network) == intact(NETWORK) else entry(network).layer


def branch_of(network, layer=None):
    """Return the branch whose weights are factorized: the registered one, else 3x3, else the first."""
    branches = architecture(network).branch_of_unit(layer or layer_of(network))
    known = [branch for branch in (entry(network).branch, "3x3") if branch in branches]
    return (known or branches)[0]


def sources_of(network):
    """Return the earlier layers of a network whose channels are factorized, nearest first."""
    found = entry(network)
    layer = layer_of(network)
    sources = found.sources if layer == found.layer and found.sources else architecture(network).layers_before(layer)
    if not sources:
        raise HighlowError(f"layer {layer!r} of {network!r} reads the image: it has no earlier layer to factorize over")
    pairs = [(name, layer) for name in sources]
    pairs += [(layer, found.downstream)] if found.downstream and layer == found.layer else []
    for first, second in pairs:
        if architecture(network).node(first) not in architecture(network).upto(second)[:-1]:
            raise HighlowError(f"layer {second!r} of {network!r} does not depend on {first!r}")
    return sources


def has_downstream(network):
    """Return whether a layer is registered that uses the detectors of the studied one."""
    return bool(entry(network).downstream) and layer_of(network) == entry(network).layer


def downstream_of(network):
    """Return the layer that uses the detectors of the studied one."""
    if not has_downstream(network):
        layer = layer_of(network)
        raise HighlowError(
            f"no layer is registered that uses layer {layer!r} of {network!r}: it has no figures 10 to 13"
        )
    return entry(network).downstream


def downstream_file(template):
    """Return a function of the wildcards that fills the studied and the later layer into a path below results/."""

    def path(wildcards):
        network = wildcards.network
        layers = {"layer": layer_of(network), "downstream": one_line(lambda: downstream_of(network))}
        inside = template.format(**layers)
        return f"results/{network}/{inside}"

    return path


def paths_of(network):
    """Return the factor files of a network, as (source, target)."""
    paths = [(source, layer_of(network)) for source in sources_of(network)]
    return [*paths, (layer_of(network), downstream_of(network))] if has_downstream(network) else paths


def checked_units():
    """Return the units that figures show; an empty list leaves the choice to the figure."""
    units = [] if config["units"] in ("auto", "all") else config["units"]
    layer, branch = layer_of(NETWORK), branch_of(NETWORK)
    branches = architecture(NETWORK).branch_of_unit(layer)
    for unit in units:
        if unit >= len(branches):
            last = len(branches) - 1
            raise HighlowError(f"layer {layer!r} of {NETWORK!r} has no unit {unit}; its units are 0 to {last}")
        if branches[unit] != branch:
            first, last = branches.index(branch), len(branches) - 1 - branches[::-1].index(branch)
            raise HighlowError(
                f"unit {unit} of {layer!r} is in the {branches[unit]} branch; figures show units of the {branch} branch, "
                f"{first} to {last}"
            )
    return units


def checked_files(network):
    """Check what can be said of weight files before one is looked for."""
    namings = list(definition(entry(network).architecture).namings)
    for item in entry(network).files:
        if item.naming and item.naming not in namings:
            hint = nearest(item.naming, namings)
            raise HighlowError(f"network {network!r}: its architecture has no naming {item.naming!r}; {hint}")


def compared_networks(network):
    """Return a network and those that figures 14 and 15 put beside it."""
    if network == NETWORK and config["universality"] != "auto":
        others = config["universality"]
    else:
        others = registry.offline_beside(entry(network), config["networks"])
    return list(dict.fromkeys((network, *others)))


def universality_files(network, name):
    """Return a file of the layer scan of each compared network."""
    return [f"results/{other}/universality/{name}" for other in compared_networks(network)]


def titles_of(networks):
    return {name: entry(name).title or name for name in networks}


UNITS = one_line(checked_units)
one_line(lambda: [checked_files(name) for name in compared_networks(NETWORK)])
for name in (NETWORK, *config["networks"]):
    one_line(lambda: (paths_of(name), architecture(name).canvas_size(layer_of(name)), checked_files(name)))


def code(script, *others):
    """Return a function that gives the hash of a script, of the library files that it runs, and of `others` (paths in
    the repository).

    As a parameter it makes Snakemake rerun what a change of code affects. Another folder or a new clone changes nothing.
    A function, so that the snakemake process of a submitted job hashes the code of that job alone.
    """
    hashed = cache(lambda: code_hash([BASE / "scripts" / script, *(BASE / other for other in others)], BASE / "src"))
    return lambda wildcards: hashed()


# Imported by name while a file is read, and read as data: extraction depends on them too.
READER_FILES = [
    *sorted(str(path.relative_to(BASE)) for path in (BASE / "src/highlow/networks/readers").glob("*.py")),
    "src/highlow/reference/inception5h.yaml",
]


def registered(*keys):
    """Return a function of the wildcards that gives some fields of a network's registry entry as JSON."""
    return lambda wildcards: json.dumps(registry.as_json(entry(wildcards.network), *keys))


WEIGHT_FIELDS = registered(
    "architecture", "files", "generator", "seed_offset", "fingerprint", "padding", "source", "layer"
)


def unregistered_hash(wildcards):
    """Return the hash of a weight file that has none in the registry: it is the file's part of the cache key."""
    found = weight_files.find(entry(wildcards.network))
    if found:
        return "" if found[0].has_hash else sha256(found[1])
    # A file that is no longer there reruns nothing, as one with a hash.
    extracted = Path(f"results/{wildcards.network}/weights.provenance.json")
    origin = one_line(lambda: read_json(extracted)) if extracted.is_file() else {}
    return origin.get("sha256", "") if origin.get("accepted_by") == "published ranges" else ""


def control_fields(wildcards):
    """Return the registry entry of a control; the studied layer is part of it where only that is destroyed."""
    found = entry(wildcards.network)
    layer = layer_of(wildcards.network) if found.control == "shuffled_last" else found.layer
    fields = ("architecture", "padding", "source", "control", "draw", "base")
    return json.dumps(registry.as_json(found, *fields) | {"layer": layer})


def controls_of(network):
    """Return the controls of a network, by what is destroyed; a control has none.

    Where the studied layer has no taps to shuffle, `shuffled_last` would be the intact network: it is left out.
    """
    if entry(network).control:
        return {}
    taps = any(node.window.kernel > 1 for node in architecture(network).convolutions_of(layer_of(network)))
    kinds = [kind for kind in registry.CONTROLS if taps or kind != "shuffled_last"]
    draws = range(config["controls"]["draws"])
    names = {kind: [f"{network}_{kind}" + (f"_{draw}" if draw else "") for draw in draws] for kind in kinds}
    return {kind: drawn for kind, drawn in names.items() if drawn}


def has_ground_truth(network):
    found = entry(network)
    return found.generator == "planted" and not found.control


def has_training_record(network):
    """Return whether the package holds what was measured while a network was trained."""
    found = entry(network)
    return bool(found.training_record) and not found.control


def has_articles_units(network):
    """Return whether a network is the article's own, so that its units have the same numbers."""
    found = entry(network)
    return found.fingerprint == "inception5h" and not found.control


def figures_of(network):
    """Return the names of a network's figures, in the order of the page."""
    usage = DOWNSTREAM_FIGURES if has_downstream(network) else ()
    truth = ("planted_ground_truth",) if has_ground_truth(network) else ()
    training = TRAINING_FIGURES if has_training_record(network) else ()
    return (*FIGURES, *usage, *UNIVERSALITY_FIGURES, *training, *truth)


def contract_files(network):
    """Return everything that the pipeline promises for a network."""
    root = f"results/{network}"
    files = [f"{root}/weights.h5", f"{root}/scorecard.tsv", f"{root}/report/index.html"]
    files += [f"{root}/activations/{layer_of(network)}/{family}.h5" for family in FAMILIES]
    tables = (*TABLES, *DOWNSTREAM_TABLES) if has_downstream(network) else TABLES
    tables += TRAINING_TABLES if has_training_record(network) else ()
    files += [f"{root}/tables/{table}.tsv" for table in tables]
    files += [f"{root}/factors/{source}_to_{target}.h5" for source, target in paths_of(network)]
    files += [f"{root}/dataset_examples/{layer}.h5" for layer in example_layers(network)]
    files += [f"{root}/figures/{figure}.svg" for figure in figures_of(network)]
    if has_ground_truth(network):
        files.append(f"{root}/tables/ground_truth.tsv")
    return files


def family_options(wildcards):
    """Return the options of a family: only those that it uses, because they are its cache key."""
    options = {"pattern-size": STIMULI["pattern_size"]}
    if wildcards.family not in ("luminance_edge", "colour_edge"):
        options["phases"] = STIMULI["phases"]
    if wildcards.family.startswith("high_low"):
        options |= {"orientations": STIMULI["orientations"], "ratios": STIMULI["ratios"]}
    if wildcards.family == "high_low_balanced":
        options["seed"] = SEED
    return [word for name, value in sorted(options.items()) for word in (f"--{name}", str(value))]


def factor_options(wildcards):
    """Return the branch whose units are fitted; of a downstream layer those that use the candidates most."""
    branch = branch_of(wildcards.network)
    if wildcards.target == layer_of(wildcards.network):
        return ["--branch", branch]
    own = branch_of(wildcards.network, wildcards.target)
    return ["--branch", own, "--downstream", "--candidate-branch", branch]


# Last, when nothing is wrong with the configuration, and before Snakemake looks at the lock.
if workflow.is_main_process:
    for note in one_line(lambda: run_register.begin(Path(".snakemake"), Path("results"), sys.argv[1:])):
        print(note, file=sys.stderr)


wildcard_constraints:
    network=f"{names_where(lambda found: True)}|{CONTROL_NAMES}",
    layer=r"[A-Za-z0-9_]+",
    family="|".join((*FAMILIES, DOWNSTREAM_FAMILY)),
    source=r"[A-Za-z0-9_]+?",
    target=r"[A-Za-z0-9_]+?",
