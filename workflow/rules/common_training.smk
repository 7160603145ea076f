"""Training runs by name: what each is trained on, and the settings that are its cache key."""

from highlow.training import run_names

TRAINING = config["training"]
TRAINED_FILES = ("weights.safetensors", "snapshots.h5", "loss.tsv", "loss.provenance.json", "report.json")
TRAINED_NETWORKS = study.pattern_of(lambda found: found.training_record)


def training_recipe(wildcards):
    """Return the settings of a run, as JSON: they are its cache key."""
    values = {key: value for key, value in TRAINING.items() if key not in ("seeds", "data_seed")}
    return json.dumps(values | {"labels": run_names.description(wildcards.run)["labels"]})


def training_manifest(wildcards):
    """Return the hash of the photographs of a run; dead leaves depend on their seed alone."""
    return images_hash() if run_names.description(wildcards.run)["data"] == "photographs" else ""


def checked_photographs(wildcards):
    """Return whether there are photographs, where a run needs them: the generated images are too few."""
    if run_names.description(wildcards.run)["data"] == "photographs" and not IMAGES:
        raise HighlowError("training needs photographs: name a folder in the config key images")
    return True


def emergence_runs():
    """Return the names of the runs that the table of emergence compares, the shipped one first."""
    return [f"{kind}_seed{seed}" for kind in run_names.KINDS for seed in range(TRAINING["seeds"])]


def runs_file(name):
    """Return a file of every run of the table of emergence."""
    return [f"results/training/{run}/{name}" for run in emergence_runs()]


def first_seed_runs():
    """Return the names of the first run of every kind."""
    return [run for run in emergence_runs() if run_names.description(run)["seed"] == 0]


def training_record_code(wildcards):
    """Return the hash of what copies the record of a network's training, and of the record itself."""
    record = study.entry(wildcards.network).training_record
    files = [f"src/highlow/resources/{record}_{table}.tsv" for table in ("emergence", "runs")]
    missing = [path for path in files if not (BASE / path).is_file()]
    if missing:
        raise HighlowError(f"{missing[0]}: no such file; it is a part of the package")
    return code(["copy_training_record.py"], files)(wildcards)
