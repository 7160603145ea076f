"""What the explorer shows of a network: which layers, from which files."""

# Fewer than of the pictures in figures: there are two for each of some thousand units.
EXPLORER_STEPS = min(128, config["feature_visualization"]["steps"])
EXPLORED = r"[A-Za-z0-9_.-]+?(?<!_negative)"
EXPLORER_RESOURCES = sorted(str(path.relative_to(BASE)) for path in (BASE / "src/highlow/resources/explorer").iterdir())


def explored(network):
    """Return the layers of the explorer and their role, in the order of computation: sources, studied, behind."""
    studied = study.layer(network)
    roles = {study.pictured(network, source): "source" for source in reversed(study.sources(network))}
    roles |= {studied: "studied"} | ({study.downstream(network): "behind"} if study.has_downstream(network) else {})
    return roles


def explored_paths(network):
    """Return the pairs of layers between which the explorer shows weights, as (source, target).

    Those of the factors; and between one source and the next, where one is computed from the other.
    """
    sources = study.sources(network)
    graph = study.architecture(network)
    between = [(further, study.pictured(network, nearer)) for nearer, further in zip(sources, sources[1:])]
    depends = [(source, target) for source, target in between if graph.node(source) in graph.upto(target)[:-1]]
    return list(dict.fromkeys((*study.paths(network), *depends)))


def explored_weights(side):
    """Return a function of the wildcards that gives the weights that end (1) or start (0) at a layer of the explorer."""

    def files(wildcards):
        network = wildcards.network
        wired = [
            (source, target)
            for source, target in explored_paths(network)
            if study.pictured(network, (source, target)[side]) == wildcards.layer
        ]
        return [f"results/{network}/expanded_weights/{source}_to_{target}.h5" for source, target in wired]

    return files


def explorer_families(wildcards):
    """Return the families of stimuli that a layer of the explorer is shown; the studied one was shown all."""
    studied = wildcards.layer == study.layer(wildcards.network)
    return shown.FAMILIES if studied else ("high_low", *shown.SMALL)


def explorer_responses(wildcards):
    """Return the responses of a layer of the explorer."""
    root = f"results/{wildcards.network}/activations/{wildcards.layer}"
    return [f"{root}/{family}.h5" for family in explorer_families(wildcards)]


def explorer_tables(wildcards):
    """Return the tables that say more of the units of a layer."""
    network = wildcards.network
    if not study.has_downstream(network):
        return []
    named = {study.layer(network): "input_kinds", study.downstream(network): "downstream_units"}
    return [f"results/{network}/tables/{name}.tsv" for layer, name in named.items() if layer == wildcards.layer]


def shown_names(wildcards):
    """Return what a pool's channels are shown as, as LAYER=SHOWN."""
    network = wildcards.network
    names = {layer: study.pictured(network, layer) for path in explored_paths(network) for layer in path}
    return [f"{layer}={other}" for layer, other in names.items() if layer != other]


def factors_over(wildcards):
    """Return the factors that are sums of a source's channels."""
    network = wildcards.network
    sources = [source for source in study.sources(network) if study.pictured(network, source) == wildcards.layer]
    return [f"results/{network}/factors/{source}_to_{study.layer(network)}.h5" for source in sources[:1]]


def explorer_options(wildcards, input):
    """Return the options of what the studied layer has, or a source."""
    if not input.detectors:
        return ["--factors-over", *input.over] if input.over else []
    return ["--detectors", *input.detectors, "--factors", *source_pairs(wildcards, input)]


def of_explored_paths(template):
    """Return a function of the wildcards that fills each path of the factors into a path below the results."""

    def files(wildcards):
        paths = study.paths(wildcards.network)
        return [f"results/{wildcards.network}/{template.format(path=f'{one}_to_{other}')}" for one, other in paths]

    return files


def path_pairs(wildcards, files):
    """Return files of the paths of the factors as PATH=FILE."""
    paths = study.paths(wildcards.network)
    return [f"{one}_to_{other}={file}" for (one, other), file in zip(paths, files)]
