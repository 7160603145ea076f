# What the rules of pictures read and how they are set.


def layers_with_examples(network):
    """Return the layers of a network for which photographs were searched: studied, pictured sources, downstream."""
    layers = [layer_of(network), *(architecture(network).pictured_layer(source) for source in sources_of(network))]
    return layers + [target for _, target in paths_of(network) if target != layer_of(network)]


def best_responses(wildcards):
    """Return the responses that a picture is compared with: to stimuli, and to photographs where they were searched."""
    network, layer = wildcards.network, wildcards.layer
    families = FAMILIES if layer == layer_of(network) else SMALL_FAMILIES
    files = [f"results/{network}/activations/{layer}/{family}.h5" for family in families]
    return files + [f"results/{network}/dataset_examples/{layer}.h5"] * (layer in layers_with_examples(network))


def detectors_option(wildcards):
    """Return what the studied layer shows beside the units of the role tables."""
    if wildcards.layer != layer_of(wildcards.network):
        return ""
    own = wildcards.network == NETWORK
    units = f" --units {' '.join(map(str, UNITS))}" if own and UNITS else ""
    every = " --all" if own and config["units"] == "all" else ""
    return (
        f"--detectors results/{wildcards.network}/tables/detectors.tsv --branch {branch_of(wildcards.network)}"
        + units
        + every
    )


def detectors_if_studied(wildcards):
    return [detectors_of(wildcards)] if wildcards.layer == layer_of(wildcards.network) else []


PICTURE_SETTINGS = " ".join(
    f"--{key} {value}" for key, value in (*config["feature_visualization"].items(), ("seed", SEED)) if value is not None
)
PICTURED = r"[A-Za-z0-9_]+?(?<!_diversity)"
