"""Which experiments there are, what each needs beside the network and its controls, and who has it."""

from dataclasses import dataclass

from highlow.pictures import image_names


@dataclass(frozen=True)
class Experiment:
    """An experiment: a folder of `highlow.experiments`, a table, claims and a figure.

    `photographs` says that it looks at the images of the configuration, `folder` that it has its own, named by the
    config key, and `users` that it reads which units of the layer behind use the detectors.
    """

    photographs: bool = False
    folder: str = ""
    users: bool = False


EXPERIMENTS = {
    "uniqueness": Experiment(),
    "construction": Experiment(),
    "equivariance": Experiment(photographs=True),
    "focus": Experiment(folder="focus_pairs"),
    "boundaries": Experiment(folder="boundaries", users=True),
    "surgery": Experiment(photographs=True),
}


def resolved_folder(key):
    """Return the folder of a config key as an absolute path, or an empty string."""
    if config[key] is None:
        return ""
    return os.path.abspath(user_paths.resolved(config[key], key, workflow.rundir))


def folder_of(name, key):
    """Return an experiment's own folder; a job's own snakemake process starts elsewhere and finds it in its environment."""
    known = "" if workflow.is_main_process else os.environ.get(f"HIGHLOW_{name.upper()}", "")
    return known or one_line(lambda: checked_images(resolved_folder(key)))


FOLDERS = {name: folder_of(name, found.folder) for name, found in EXPERIMENTS.items() if found.folder}
# As the images: not a part of what a result is made from.
os.environ.update({f"HIGHLOW_{name.upper()}": path for name, path in FOLDERS.items()})


@cache
def folder_hash(name):
    """Return a hash of what is in an experiment's own folder, computed only if a target needs it."""
    return one_line(lambda: image_names.manifest_hash(FOLDERS[name]))


def experiments_of(network):
    """Return the names of a network's experiments; a control is a part of its network's."""
    if study.entry(network).control:
        return []
    return [name for name, found in EXPERIMENTS.items() if not found.folder or FOLDERS[name]]


def experiment_tables(network):
    """Return the tables of a network's experiments."""
    return [f"results/{network}/tables/{name}.tsv" for name in experiments_of(network)]


def variants(network):
    """Return a network and its controls by what an experiment calls them: `intact`, or what is destroyed."""
    drawn = [name for names in study.controls(network).values() for name in names]
    return {"intact": network} | {name.removeprefix(f"{network}_"): name for name in drawn}


def of_each_variant(template):
    """Return a function of the wildcards that gives a file of the network and of each of its controls."""

    def paths(wildcards):
        network = wildcards.network
        inside = template.format(layer=study.layer(network), source=study.sources(network)[0])
        return [f"results/{name}/{inside}" for name in variants(network).values()]

    return paths


def variant_pairs(role):
    """Return a function that gives the files of a role as VARIANT=PATH."""
    return lambda wildcards, input: [f"{name}={path}" for name, path in zip(variants(wildcards.network), input[role])]


EXPERIMENT_FILES = {
    "weights": "weights.h5",
    "detectors": "tables/detectors.tsv",
    "factors": "factors/{source}_to_{layer}.h5",
    "expanded_weights": "expanded_weights/{source}_to_{layer}.h5",
}


def experimenting(name, found):
    """Return the job that does an experiment on a network and its controls."""
    photographs = {"generated": generated_images, "image_table": image_table} if found.photographs else {}
    users = {"users": users_table} if found.users else {}
    return Job(
        message=f"Experiment {name} on {{wildcards.network}} and its controls",
        input={role: of_each_variant(template) for role, template in EXPERIMENT_FILES.items()} | photographs | users,
        output=table_files(name),
        params={role: variant_pairs(role) for role in EXPERIMENT_FILES}
        | {
            "branch": branch_of,
            "pattern_size": pattern_size_of,
            "seed": SEED,
            "images": lambda wildcards, input: (
                [*images_option(wildcards, input), "--image-table", input.image_table] if found.photographs else []
            ),
            "manifest": lambda wildcards: ["--manifest", folder_hash(name)] if found.folder else [],
            "users": lambda wildcards, input: ["--users", *input.users] if found.users and input.users else [],
        },
        command=f"measure_experiment.py {name} "
        + " ".join(f"--{role.replace('_', '-')} {{params.{role}}}" for role in EXPERIMENT_FILES)
        + " --branch {params.branch} --pattern-size {params.pattern_size} --seed {params.seed} {params.images}"
        " {params.manifest} {params.users} --output {output.table}",
        reads=[f"src/highlow/experiments/{name}/measurement.py"],
        log=f"experiments/{name}",
    )


def users_table(wildcards):
    """Return the table of the units that use the detectors, where a layer behind is registered."""
    has = study.has_downstream(wildcards.network)
    return [f"results/{wildcards.network}/tables/downstream_units.tsv"] if has else []
