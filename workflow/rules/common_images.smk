"""The images of the dataset examples: where they are, and what they are keyed by."""

from functools import cache

from highlow.pictures import image_names

GENERATED_IMAGES = "results/images/generated"
IMAGE_SET = {"images": "generated|[0-9a-f]{12}"}


def resolved_images():
    """Return the image folder or list as an absolute path, or an empty string for the generated images.

    A relative one counts from where snakemake was called; a job's own snakemake process starts elsewhere and finds the
    path in its environment.
    """
    if config["images"] is None:
        return ""
    known = "" if workflow.is_main_process else os.environ.get("HIGHLOW_DATASET", "")
    return known or os.path.abspath(user_paths.resolved(config["images"], "images", workflow.rundir))


def checked_images(source):
    """Return the source; a missing or an empty one is said before anything is computed."""
    if source and workflow.is_main_process:
        image_names.check(source)
    return source


IMAGES = one_line(lambda: checked_images(resolved_images()))

# As the weights' folder: not a part of what a result is made from.
os.environ.update(HIGHLOW_DATASET=IMAGES or GENERATED_IMAGES)


@cache
def images_hash():
    """Return a hash of the images' names, sizes and contents; it is computed only if a target needs it.

    The main process hands it to the snakemake processes of jobs: of a million files it takes minutes.
    """
    if not IMAGES:
        return "generated"
    known, _, path = os.environ.get("HIGHLOW_DATASET_HASH", "").partition(" ")
    if workflow.is_main_process or path != IMAGES:
        known = one_line(lambda: image_names.manifest_hash(IMAGES))
        os.environ.update(HIGHLOW_DATASET_HASH=f"{known} {IMAGES}")
    return known


def image_set():
    """Return what the table of the images is called by: sets of images lie beside each other."""
    return images_hash()[:12] if IMAGES else "generated"


def image_table(wildcards):
    """Return the table of the images."""
    return f"results/images/tables/{image_set()}.tsv"


def listed_images(wildcards):
    """Return what a listing reads, and make the hash known before any job starts."""
    if wildcards.images != image_set():
        raise HighlowError(f"the images of the config key images are {image_set()}, not {wildcards.images}")
    return generated_images(wildcards)


def generated_images(wildcards):
    """Return the folder of generated images as an input, where no other is given.

    What is in it is known by the hashes in the file beside it: times of folders change when they are copied.
    """
    return [] if IMAGES else [ancient(GENERATED_IMAGES), f"{GENERATED_IMAGES}.provenance.json"]


def images_option(wildcards, input):
    """Return the option that names the generated images, where no others are given."""
    return ["--images", input.generated[0]] if input.generated else []


# The few generated images are one.
SHARDS = config["dataset_examples"]["shards"] if IMAGES else 1


def shard_files(folder, kind="h5", prefix=""):
    """Return the files of all shards of a job."""
    return [f"{folder}/shards/{prefix}{shard}_of_{SHARDS}.{kind}" for shard in range(SHARDS)]


def image_table_shards(wildcards):
    """Return the tables of the listing's shards."""
    return shard_files("results/images", "tsv", f"{wildcards.images}_")


def merging(layers, **fields):
    """Return the job that merges the shards of a search into a file a layer: of their names, or their wildcard."""
    named = [layer.replace("{", "{wildcards.") for layer in layers]
    return Job(
        message=f"Merging the dataset examples of {{wildcards.network}} {', '.join(named)}",
        input={"shards": lambda wildcards: shard_files(f"results/{wildcards.network}/dataset_examples")},
        output={"file": [f"results/{{network}}/dataset_examples/{layer}.h5" for layer in layers]},
        command=f"merge_examples.py --shards {{input.shards}} --layer {' '.join(named)} --output {{output.file}}",
        **fields,
    )
