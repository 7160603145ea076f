# Images are listed once for all networks; every network is searched in shards, which merge to one file a layer.
from functools import cache

from highlow.pictures import image_names

GENERATED_IMAGES = "results/images/generated"


def resolved_images():
    """Return the image folder or list as an absolute path, or an empty string for the generated images.

    A relative one counts from where snakemake was called; a job's own snakemake process starts elsewhere and finds the
    path in its environment.
    """
    if config["images"] is None:
        return ""
    path = Path(workflow.rundir) / config["images"]
    return str(path.resolve() if path.exists() else os.environ.get("HIGHLOW_DATASET", path))


def checked_images(source):
    """Return the source; a missing or an empty one is said before anything is computed."""
    if source:
        image_names.check(source)
    return source


IMAGES = one_line(lambda: checked_images(resolved_images()))

# As the weights' folder: not a part of what a result is made from.
os.environ.update(HIGHLOW_DATASET=IMAGES or GENERATED_IMAGES)


@cache
def images_hash():
    """Return a hash of the images' names, sizes and contents; it is computed only if a target needs it."""
    return one_line(lambda: image_names.manifest_hash(IMAGES)) if IMAGES else "generated"


def generated_images(wildcards):
    """Return the folder of generated images as an input, where no other is given."""
    return [] if IMAGES else [GENERATED_IMAGES]


def example_layers(network):
    """Return the layers that are searched: the studied one, those whose units are its sources, and the one behind."""
    layers = [layer_of(network), *(architecture(network).pictured_layer(source) for source in sources_of(network))]
    found = entry(network)
    if found.downstream and layer_of(network) == found.layer:
        layers.append(found.downstream)
    return list(dict.fromkeys(layers))


def shard_files(wildcards):
    count = config["dataset_examples"]["shards"]
    return [f"results/{wildcards.network}/dataset_examples/shards/{shard}_of_{count}.h5" for shard in range(count)]


rule generate_images:
    output:
        directory(GENERATED_IMAGES),
    log:
        "results/images/logs/generate_images.log",
    benchmark:
        "results/images/benchmarks/generate_images.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("generate_images.py"),
        seed=SEED,
    message:
        "Generating dead leaves and cutting tiles of two photographs"
    shell:
        'python "$HIGHLOW_SCRIPTS"/generate_images.py --output {output:q} --seed {params.seed} --log {log:q}'


rule list_images:
    input:
        generated_images,
    output:
        table="results/images/images.tsv",
        provenance="results/images/images.provenance.json",
    log:
        "results/images/logs/list_images.log",
    benchmark:
        "results/images/benchmarks/list_images.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("list_images.py"),
        # The images enter by what they are: the same ones in another folder rerun nothing.
        manifest=lambda wildcards: images_hash(),
    message:
        "Listing the images"
    shell:
        'python "$HIGHLOW_SCRIPTS"/list_images.py --manifest {params.manifest:q} --output {output.table:q} --log {log:q}'


rule search_examples:
    input:
        generated_images,
        weights="results/{network}/weights.h5",
        images="results/images/images.tsv",
    output:
        "results/{network}/dataset_examples/shards/{shard}_of_{shards}.h5",
    log:
        "results/{network}/logs/search_examples/{shard}_of_{shards}.log",
    benchmark:
        "results/{network}/benchmarks/search_examples/{shard}_of_{shards}.tsv"
    wildcard_constraints:
        shard="[0-9]+",
        shards="[0-9]+",
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("search_examples.py"),
        layers=lambda wildcards: example_layers(wildcards.network),
        cropped=lambda wildcards: layer_of(wildcards.network),
        examples=config["dataset_examples"]["count"],
    message:
        "Searching the images for what {wildcards.network} answers most, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/search_examples.py --weights {input.weights:q} --image-table {input.images:q}'
        " --layers {params.layers:q} --cropped {params.cropped:q} --count {params.examples} --shard {wildcards.shard}"
        " --shards {wildcards.shards} --output {output:q} --threads {threads} --log {log:q}"


rule merge_examples:
    input:
        shard_files,
    output:
        "results/{network}/dataset_examples/{layer}.h5",
    log:
        "results/{network}/logs/merge_examples/{layer}.log",
    benchmark:
        "results/{network}/benchmarks/merge_examples/{layer}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("merge_examples.py"),
    message:
        "Merging the dataset examples of {wildcards.network} {wildcards.layer}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/merge_examples.py --shards {input:q} --layer {wildcards.layer:q} --output {output:q}'
        " --log {log:q}"


rule measure_examples:
    input:
        generated_images,
        detectors=detectors_of,
        examples=lambda w: f"results/{w.network}/dataset_examples/{layer_of(w.network)}.h5",
        images="results/images/images.tsv",
    output:
        table="results/{network}/tables/example_sides.tsv",
        provenance="results/{network}/tables/example_sides.provenance.json",
    log:
        "results/{network}/logs/measure_examples.log",
    benchmark:
        "results/{network}/benchmarks/measure_examples.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("measure_examples.py"),
        branch=lambda wildcards: branch_of(wildcards.network),
        units=lambda wildcards: json.dumps(UNITS if wildcards.network == NETWORK else []),
        seed=SEED,
    message:
        "Measuring the crops of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/measure_examples.py --detectors {input.detectors:q} --examples {input.examples:q}'
        " --image-table {input.images:q} --branch {params.branch:q} --units {params.units:q} --output {output.table:q}"
        " --seed {params.seed} --log {log:q}"


rule fig02_dataset_examples:
    input:
        detectors=detectors_of,
        examples=lambda w: f"results/{w.network}/dataset_examples/{layer_of(w.network)}.h5",
        sides="results/{network}/tables/example_sides.tsv",
        pictures=lambda w: f"results/{w.network}/pictures/{layer_of(w.network)}.h5",
    output:
        figure_files("fig02_dataset_examples"),
    log:
        "results/{network}/logs/figures/fig02_dataset_examples.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig02_dataset_examples.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig02_dataset_examples.py"),
        figure="fig02_dataset_examples",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig02_dataset_examples of {wildcards.network}"
    shell:
        DRAW
