"""Configuration, wildcards and the helpers that rules share. Imports neither torch nor numpy."""

import csv
import json
import os
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml
from snakemake.settings.types import DeploymentMethod

# Of this file, not of the workflow that is run: another workflow may use these rules as a module.
BASE = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
if not (BASE / "src/highlow").is_dir():
    raise SystemExit(f"error: {BASE}: no copy of highlow's repository; clone it, and name its Snakefile by path")
if os.name == "nt":
    raise SystemExit("error: Windows alone is not supported; run highlow inside WSL (docs/how-to/install.md)")
sys.path.insert(0, str(BASE / "src"))

from highlow.networks import pattern_size, module_files, registry, weight_files
from highlow.networks.study import Study
from highlow.probes import shown
from highlow.runs import machine, run_register, user_paths, user_settings
from highlow.runs.code_hashes import Code, recall
from highlow.runs.config import check_not_empty, validated
from highlow.runs.errors import KILLED, HighlowError, name_line, os_error_line
from highlow.runs.jobs import Job, Requests, in_turn

# Jobs run with this interpreter and this library, from whatever folder snakemake was called in. A conda environment,
# which is activated inside the job, comes before both on PATH.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    PYTHONPATH=os.pathsep.join(filter(None, [str(BASE / "src"), os.environ.get("PYTHONPATH")])),
    HIGHLOW_SCRIPTS=str(BASE / "scripts"),
    # Paths of the configuration count from there; a job's own snakemake process starts in the work folder.
    HIGHLOW_CALLED_FROM=os.environ.get("HIGHLOW_CALLED_FROM", str(workflow.rundir)),
    HIGHLOW_KILLED=KILLED,
)
user_settings.set_aside(os.environ)


def one_line(action):
    """Return what `action` returns; end with one line instead of a traceback if the user can mend it."""
    try:
        return action()
    except HighlowError as error:
        raise SystemExit(f"error: {error}")
    except OSError as error:
        raise SystemExit(f"error: {os_error_line(error)}")
    except UnicodeEncodeError as error:
        raise SystemExit(f"error: {name_line(error) or error}")


def check_folder():
    """Raise a HighlowError if Snakemake would take parts of the working folder's name for wildcards."""
    if {"{", "}"} & set(os.getcwd()):
        raise HighlowError(f"{os.getcwd()}: a folder with braces in its name; choose another with --directory")


one_line(check_folder)

with open(BASE / "workflow/schemas/config.schema.yaml", encoding="utf-8") as file:
    SCHEMA = yaml.safe_load(file)
# Snakemake makes null of an empty value, which an unset variable leaves: the words of the command line are looked at.
typed = workflow.config_settings.config if workflow.is_main_process else {}
one_line(lambda: check_not_empty({key: typed[key] for key in typed if key in SCHEMA["properties"]}))
config = one_line(lambda: validated(config, SCHEMA))
study = one_line(lambda: Study(config))

STIMULI = config["stimuli"]
PATTERN_SIZE = 60  # pixels, of stimuli whose path names no field
SEED = config["seed"]
NETWORK = study.network
# Networks alike share rules; the configured network's have the plain names.
ALIKE = one_line(lambda: shown.alike(study))
HERE = workflow.is_main_process and machine.runs_here(sys.argv[1:], workflow.resource_settings.nodes)
# A scheduler is asked for a GPU only where the configuration insists on one; a card of this machine takes one job.
CARDS = machine.usable_cards(config["device"]) if HERE else int(config["device"] == "cuda")
REQUESTS = Requests(BASE / "workflow/resources.tsv", gpus=min(CARDS, 1))


def resolved_weights_dir():
    """Return the weight folder as an absolute path: relative ones count from where snakemake was called."""
    given = config["weights_dir"] or os.environ.get("HIGHLOW_WEIGHTS")
    where = "weights_dir" if config["weights_dir"] else "HIGHLOW_WEIGHTS"
    # A job's own snakemake process starts in the work folder, with the absolute path in its environment.
    return os.path.abspath(user_paths.resolved(given, where, workflow.rundir)) if given else ""


# Through the environment, not through the command: neither is part of what a result is made from.
os.environ.update(HIGHLOW_WEIGHTS=one_line(resolved_weights_dir), HIGHLOW_DEVICE=config["device"])


CODE = Code(BASE / "src")
recall(Path(".snakemake/highlow_code.json"))


def code(scripts, others=()):
    """Return a function that gives the hash of scripts, of the library files that they run, and of `others` (paths in
    the repository).

    As a parameter it makes Snakemake rerun what a change of code affects. Another folder or a new clone changes
    nothing.
    A function, so that the snakemake process of a submitted job hashes the code of that job alone.
    """
    hashed = cache(
        lambda: CODE.hash([*(BASE / "scripts" / script for script in scripts), *(BASE / other for other in others)])
    )
    return lambda wildcards: hashed()


if HERE:
    methods = workflow.deployment_settings.deployment_method
    one_line(lambda: machine.check_device(config["device"], own_pytorch=DeploymentMethod.CONDA not in methods))
    # Jobs together take no more memory than there is, unless the command line says how much they may.
    for resource, most in {"mem_mb": machine.free_memory_mb(), "gpu": CARDS}.items():
        if workflow.global_resources.get(resource).value is None:
            workflow.register_resource(resource, most)


# What runs a script, by the name of its rule; `jobs.smk` makes the rules.
JOBS = {}


def peak_of(network):
    """Return the row of a network's scan where detectors peak; Snakemake comes back here once it is there."""
    table = Path(checkpoints.scan_layers.get(network=network).output.layers)
    with table.open(newline="", encoding="utf-8") as rows:
        return next(row for row in csv.DictReader(rows, delimiter="\t") if row["is_peak"] == "1")


BEFORE_SCAN = ("extract_weights", "scan_layers", "tabulate_universality")


def scan_before(name):
    """Return the input that a job waits for where the studied layer is `auto`: what the scan found."""

    def scan(wildcards):
        waits = name not in BEFORE_SCAN and hasattr(wildcards, "network") and study.is_auto(wildcards.network)
        return [f"results/{study.intact(wildcards.network)}/universality/layers.tsv"] if waits else []

    return scan


def add_jobs(jobs):
    """Add a table of jobs; a name can stand in one table alone."""
    for name in set(jobs) & set(JOBS):
        raise SystemExit(f"error: workflow/rules: {name!r} names two jobs; call one of them something else")
    JOBS.update(jobs)


def for_networks_alike(jobs_of, pattern):
    """Return the jobs that `jobs_of` gives for some layers, by their names, for all networks that are studied alike.

    For them, for their controls, or for both, as the pattern that `pattern` gives of them says.
    """
    found = {}
    for number, (layers, networks) in enumerate(ALIKE.items()):
        own = study.intact(NETWORK) in networks
        constraints = {"network": pattern(*networks)}
        for name, job in jobs_of(layers).items():
            found[name if own else f"{name}_alike_{number}"] = replace(job, kind=name, constraints=constraints)
    return found


def table_files(name, folder="{network}/tables"):
    """Return the output files of a table: itself, and its checksum and provenance."""
    stem = f"results/{folder}/{name}"
    return {"table": f"{stem}.tsv", "provenance": f"{stem}.provenance.json"}


def provenance_files(folder, names):
    """Return the checksums and provenance of several tables of a folder."""
    return [f"results/{folder}/{name}.provenance.json" for name in names]


def filled(template):
    """Return a function of the wildcards that fills layers of a network into a path below its results.

    `{layer}` is the studied one, `{source}` its nearest source, `{downstream}` the layer that uses its detectors.
    """

    def path(wildcards):
        network = wildcards.network
        layers = {"layer": study.layer(network)}
        if "{source}" in template:
            layers["source"] = study.sources(network)[0]
        if "{downstream}" in template:
            layers["downstream"] = one_line(lambda: study.downstream(network))
        inside = template.format(**layers)
        return f"results/{network}/{inside}"

    return path


def of_each_source(template):
    """Return a function of the wildcards that fills the studied layer and each of its sources into a path."""

    def paths(wildcards):
        network = wildcards.network
        layer = study.layer(network)
        names = [template.format(source=source, layer=layer) for source in study.sources(network)]
        return [f"results/{network}/{name}" for name in names]

    return paths


def responses_to(families, layer="{layer}"):
    """Return the responses of a layer to families of stimuli, as inputs by the families' names."""
    return {family: filled(f"activations/{layer}/{family}.h5") for family in families}


def stimuli_file(network, family):
    """Return the stimuli of a family that a network is shown; patterns of another size than 60 px lie by themselves.

    Networks of different fields that are studied in one folder do not overwrite each other's. A size that the
    configuration gives is every network's.
    """
    alike = STIMULI["pattern_size"] != "auto" or study.pattern_size(network) == PATTERN_SIZE
    folder = "" if alike else f"field_{study.field(network)}px/"
    return f"results/stimuli/{folder}{family}.h5"


def stimuli_of(families):
    """Return families of stimuli, as inputs by the families' names."""
    return {family: lambda wildcards, family=family: stimuli_file(wildcards.network, family) for family in families}


DETECTORS = "results/{network}/tables/detectors.tsv"
factor_files = of_each_source("factors/{source}_to_{layer}.h5")


def source_pairs(wildcards, input):
    """Return the factors of each source as SOURCE=PATH."""
    return [f"{source}={path}" for source, path in zip(study.sources(wildcards.network), input.factors)]


def branch_of(wildcards):
    return study.branch(wildcards.network)


def studied_layer(wildcards):
    return study.layer(wildcards.network)


def pattern_size_of(wildcards):
    return study.pattern_size(wildcards.network)


def studied_units(wildcards):
    return study.units_of(wildcards.network)


# Last, when nothing is wrong with the configuration, and before Snakemake looks at the lock.
if workflow.is_main_process:
    for note in one_line(lambda: run_register.begin(Path(".snakemake"), Path("results"), sys.argv[1:])):
        print(note, file=sys.stderr)


wildcard_constraints:
    network=study.pattern_with_controls(),
    layer=r"[A-Za-z0-9_.-]+",
    fitted="(?:field_[1-9][0-9]*px/)?",
    family="|".join((*shown.FAMILIES, shown.DOWNSTREAM)),
    source=r"[A-Za-z0-9_.-]+?",
    target=r"[A-Za-z0-9_.-]+?",
    shard="[0-9]+",
    shards="[0-9]+",
