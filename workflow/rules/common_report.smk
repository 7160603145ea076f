"""What the pipeline promises for a network, and what its scorecard and its page are made from."""

import shlex

TABLES = ("candidates", "tuning", "detectors", "universality")
TRAINING_TABLES = ("emergence", "training_runs")
# Tables that the article page shows, where a network has them.
PAGE_TABLES = ("downstream_top20", "universality", "training_runs")
IMAGE_FOLDERS = ("images", "focus_pairs", "boundaries")
# What the page is written from beside results.
PAGE_FILES = [
    *(f"src/highlow/figures/page{end}" for end in (".html.jinja", ".css", ".js")),
    *(f"src/highlow/figures/page_{name}.yaml" for name in ("text", "experiments", "numbers", "methods")),
    *sorted(str(path.relative_to(BASE)) for path in (BASE / "workflow/report").glob("*.rst")),
]


def contract_files(network):
    """Return everything that the pipeline promises for a network."""
    root = f"results/{network}"
    files = [f"{root}/weights.h5", f"{root}/scorecard.tsv", f"{root}/report/index.html"]
    files += [f"{root}/activations/{study.layer(network)}/{family}.h5" for family in shown.FAMILIES]
    tables = (*TABLES, *DOWNSTREAM_TABLES) if study.has_downstream(network) else TABLES
    tables += TRAINING_TABLES if study.has_training_record(network) else ()
    tables += ("ground_truth",) if study.has_ground_truth(network) else ()
    files += [f"{root}/tables/{table}.tsv" for table in tables]
    files += experiment_tables(network)
    files += [f"{root}/factors/{source}_to_{target}.h5" for source, target in study.paths(network)]
    files += [f"{root}/dataset_examples/{layer}.h5" for layer in study.searched(network)]
    return files + [f"{root}/figures/{figure}.svg" for figure in figures_of(network)]


def ground_truth_of(wildcards):
    """Return the table of planted units, where the network has one."""
    has_truth = study.has_ground_truth(wildcards.network)
    return [f"results/{wildcards.network}/tables/ground_truth.tsv"] if has_truth else []


def further_evidence(network):
    """Return the files that the scorecard reads beside detectors and factors, by option; a control has none.

    What uses planted detectors was planted too, to tell the polarities apart: no claim is made of it.
    """
    if study.entry(network).control:
        return {}
    tables = f"results/{network}/tables"
    evidence = {"--example-sides": [f"{tables}/example_sides.tsv"]}
    if study.has_downstream(network) and not study.has_ground_truth(network):
        path = f"{study.layer(network)}_to_{study.downstream(network)}"
        weights = f"results/{network}/expanded_weights/{path}.h5"
        evidence["--downstream"] = [f"{tables}/downstream_units.tsv", weights]
    if len(study.compared(network)) > 1:
        evidence["--universality"] = [f"{tables}/universality.tsv"]
    return evidence


def further_option(wildcards, input):
    """Return the options of the scorecard's further evidence, with the files as the job has them."""
    files = iter(input.further)
    options = further_evidence(wildcards.network).items()
    return [word for option, paths in options for word in (option, *(next(files) for _ in paths))]


def control_scorecards(network):
    """Return the scorecards of a network's controls, as (what is destroyed, path)."""
    named = study.controls(network).items()
    return [(kind, f"results/{name}/scorecard.tsv") for kind, names in named for name in names]


def weight_provenance_of(wildcards):
    """Return where a network's weights came from, if that is a file."""
    found = study.entry(wildcards.network)
    from_file = (found.files or found.module) and not found.control
    return [f"results/{wildcards.network}/weights.provenance.json"] if from_file else []


def explored_names(wildcards):
    """Return the layers that the explorer shows and the pools whose channels they are, as LAYER=SHOWN."""
    return [f"{layer}={layer}" for layer in explored(wildcards.network)] + shown_names(wildcards)


def as_typed(value):
    """Return a config value as one types it on a command line, in YAML without needless quotes."""
    return yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**6).strip()[1:-1]


def rebuild_options(network):
    """Return the options that make snakemake compute a network as here: config values other than the defaults."""
    defaults = validated({}, SCHEMA)
    apart = ["weights_dir", "device", "network", "atlas", *IMAGE_FOLDERS]
    # These are of the configured network alone.
    apart += [] if study.intact(network) == study.intact(NETWORK) else ["layer", "units", "universality"]
    kept = {key: value for key, value in config.items() if key not in apart}
    words = [f"network={network}"] + [
        f"{key}={as_typed(value)}" for key, value in kept.items() if value != defaults[key]
    ]
    # Where the images lie is no part of a result.
    words += [f"{key}=FOLDER" for key in IMAGE_FOLDERS if config[key]]
    return "--config " + " ".join(map(shlex.quote, words))
