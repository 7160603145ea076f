"""What a network's weights are keyed by: registry entries, and hashes of files that have none there."""

# Imported by name while a file is read, and read as data: extraction depends on them too.
READER_FILES = [
    *sorted(str(path.relative_to(BASE)) for path in (BASE / "src/highlow/networks/readers").glob("*.py")),
    "src/highlow/reference/inception5h.yaml",
    "src/highlow/reference/inceptionv1_google2015.tsv",
]


def registered(*keys):
    """Return a function of the wildcards that gives some fields of a network's registry entry as JSON."""
    return lambda wildcards: json.dumps(registry.as_json(study.entry(wildcards.network), *keys))


def weight_fields(wildcards):
    """Return the fields of a network's registry entry that its weights depend on, as JSON."""
    keys = ["architecture", "files", "generator", "seed_offset", "fingerprint", "padding", "source"]
    of_module = ["module", "arguments", "weights", "mean", "std", "size", "until"]
    return registered(*keys, *(of_module if study.entry(wildcards.network).module else ["layer"]))(wildcards)


def unregistered_hash(wildcards):
    """Return the hashes of what has none in the registry, a weight file and a module's code: parts of the cache key."""
    found, extracted = study.entry(wildcards.network), Path(f"results/{wildcards.network}/weights.provenance.json")
    if found.files and workflow.is_main_process and not os.path.exists(f"results/{wildcards.network}/weights.h5"):
        one_line(lambda: weight_files.check_obtainable(found))  # while planning, not after minutes
    return one_line(lambda: module_files.hashes(found) or weight_files.unregistered_hash(found, extracted))
