"""What rules of figures share: their settings, and their inputs by network. Imports neither torch nor numpy."""


def figure_settings(wildcards, *keys):
    """Return the config values that a figure uses, as JSON: they are its cache key."""
    network = wildcards.network
    values = {
        "title": entry(network).title or network,
        "layer": layer_of(network),
        "branch": branch_of(network),
        "downstream": entry(network).downstream,
        "seed": SEED,
        "units": UNITS if network == NETWORK else [],
        "pattern_size": STIMULI["pattern_size"],
    }
    return json.dumps({key: values[key] for key in ("title", "layer", *keys)})


def rebuild_options(network):
    """Return the options that make snakemake compute a network as here: config values other than the defaults."""
    defaults = configuration.validated({}, SCHEMA)
    kept = {key: value for key, value in config.items() if key not in ("weights_dir", "device", "network", "images")}
    words = [f"network={network}"] + [
        f"{key}={json.dumps(value)}" for key, value in kept.items() if value != defaults[key]
    ]
    # Where the images lie is no part of a result.
    words += ["images=FOLDER"] if config["images"] else []
    return "--config " + " ".join(map(shlex.quote, words))


def figure_files(name):
    """Return the files of a figure; the SVG carries its caption into Snakemake's report."""
    stem = f"results/{{network}}/figures/{name}"
    svg = report(f"{stem}.svg", caption=f"../report/{name}.rst", category="Figures", labels={"figure": name})
    return [svg, f"{stem}.png", f"{stem}.tsv", f"{stem}.json"]


def detectors_of(wildcards):
    return f"results/{wildcards.network}/tables/detectors.tsv"


def responses_to_families(wildcards):
    """Return the responses of the studied layer to every family, by the family's name."""
    folder = f"results/{wildcards.network}/activations/{layer_of(wildcards.network)}"
    return {family: f"{folder}/{family}.h5" for family in FAMILIES}


def factor_files(wildcards):
    network, layer = wildcards.network, layer_of(wildcards.network)
    return [f"results/{network}/factors/{source}_to_{layer}.h5" for source in sources_of(network)]


def pictured(network, layer):
    """Return the layer whose units are pictured for a layer's channels: the one before a pool."""
    return architecture(network).pictured_layer(layer)


def unit_pictures(network, layer):
    """Return the pictures of a layer's channels."""
    return f"results/{network}/pictures/{pictured(network, layer)}.h5"


def studied_pictures(wildcards):
    """Return the pictures of units of the studied layer."""
    return unit_pictures(wildcards.network, layer_of(wildcards.network))


def source_pictures(wildcards):
    """Return the pictures of the channels of the nearest source layer."""
    return unit_pictures(wildcards.network, sources_of(wildcards.network)[0])


def responses_of_nearest_source(wildcards):
    """Return the responses of the nearest source layer to edges and textures, by family."""
    folder = f"results/{wildcards.network}/activations/{sources_of(wildcards.network)[0]}"
    return {family: f"{folder}/{family}.h5" for family in STRUCTURE_FAMILIES}


def nearest_expanded_weights(wildcards):
    network = wildcards.network
    return f"results/{network}/expanded_weights/{sources_of(network)[0]}_to_{layer_of(network)}.h5"


def nearest_factors(wildcards):
    return factor_files(wildcards)[0]


def roles(wildcards, input):
    """Return the named inputs of a figure as ROLE=PATH; lists over source layers as ROLE:SOURCE=PATH."""
    words = []
    for role, paths in input.items():
        if isinstance(paths, str):
            words.append(f"{role}={paths}")
        else:
            words += [f"{role}:{source}={path}" for source, path in zip(sources_of(wildcards.network), paths)]
    return words


def ground_truth_of(wildcards):
    """Return the table of planted units, where the network has one."""
    return [f"results/{wildcards.network}/tables/ground_truth.tsv"] if has_ground_truth(wildcards.network) else []


def further_evidence(network):
    """Return the files that the scorecard reads beside detectors and factors, by option; a control has none.

    What uses planted detectors was planted too, to tell the polarities apart: no claim is made of it.
    """
    if entry(network).control:
        return {}
    tables = f"results/{network}/tables"
    evidence = {"--example-sides": [f"{tables}/example_sides.tsv"]}
    if has_downstream(network) and not has_ground_truth(network):
        path = f"{layer_of(network)}_to_{downstream_of(network)}"
        weights = f"results/{network}/expanded_weights/{path}.h5"
        evidence["--downstream"] = [f"{tables}/downstream_units.tsv", weights]
    if len(compared_networks(network)) > 1:
        evidence["--universality"] = [f"{tables}/universality.tsv"]
    return evidence


def weight_provenance_of(wildcards):
    """Return where a network's weights came from, if that is a file."""
    found = entry(wildcards.network)
    from_file = found.files and not found.control
    return [f"results/{wildcards.network}/weights.provenance.json"] if from_file else []


def best_responses(wildcards):
    """Return the responses that a picture is compared with: to stimuli, and to photographs where they were searched."""
    network, layer = wildcards.network, wildcards.layer
    families = FAMILIES if layer == layer_of(network) else SMALL_FAMILIES
    files = [f"results/{network}/activations/{layer}/{family}.h5" for family in families]
    return files + [f"results/{network}/dataset_examples/{layer}.h5"] * (layer in example_layers(network))


def role_tables(wildcards):
    """Return the tables that say which units figures show."""
    parts = ["upstream"] + ["downstream"] * has_downstream(wildcards.network)
    return [f"results/{wildcards.network}/tables/{part}_roles.tsv" for part in parts]


def detectors_option(wildcards):
    """Return what the studied layer shows beside the units of the role tables."""
    if wildcards.layer != layer_of(wildcards.network):
        return []
    own = wildcards.network == NETWORK
    units = ["--units", *map(str, UNITS)] if own and UNITS else []
    every = ["--all"] if own and config["units"] == "all" else []
    return ["--detectors", detectors_of(wildcards), "--branch", branch_of(wildcards.network), *units, *every]


def detectors_if_studied(wildcards):
    return [detectors_of(wildcards)] if wildcards.layer == layer_of(wildcards.network) else []


PICTURE_SETTINGS = [
    word
    for key, value in (*config["feature_visualization"].items(), ("seed", SEED))
    if value is not None
    for word in (f"--{key}", str(value))
]
PICTURED = r"[A-Za-z0-9_]+?(?<!_diversity)"


def roles_by_network(wildcards, input):
    """Return the named inputs of a figure of several networks as ROLE:NETWORK=PATH."""
    networks = compared_networks(wildcards.network)
    words = [f"{role}:{name}={path}" for role, paths in input.items() for name, path in zip(networks, paths)]
    return words


def universality_settings(wildcards):
    networks = compared_networks(wildcards.network)
    return json.dumps({"network": wildcards.network, "titles": titles_of(networks)})
