"""Options and inputs of the stimuli and of the circuits."""

from itertools import groupby
from operator import itemgetter

# Rules that compute the responses of any layer of any network.
ONE_BY_ONE = ("compute_other_responses", "compute_control_responses")
# What is told of the layer that uses the detectors.
DOWNSTREAM_TABLES = ("downstream_top20", "downstream_roles", "downstream_units", "input_kinds")
# What tells the kinds of units apart, in the order of the script's option.
INPUT_FAMILIES = ("luminance_edge", "colour_edge", "grating", "contrast_edge", "uniform_plaid")
# Edges tell one side from the other, textures do not: with both, the structure of a channel of its own is measured.
STRUCTURE_FAMILIES = ("contrast_edge", "luminance_edge", "colour_edge", "uniform_plaid", "grating")
# What a grid of two frequencies side by side is made by.
GRID_SETTINGS = {name: STIMULI[name] for name in ("orientations", "phases", "ratios")}


def generating(families, settings):
    """Return the job that generates families of stimuli, which some settings make."""
    options = "".join(f" --{name} {{params.{name}}}" for name in settings)
    return Job(
        message=f"Generating the stimuli {', '.join(families)}",
        output={"file": [f"results/stimuli/{{fitted}}{family}.h5" for family in families]},
        params={"size": pattern_size_asked, **settings},
        command=f"generate_stimuli.py {' '.join(families)} --output {{output.file}} --pattern-size {{params.size}}{options}",
        log=f"{{fitted}}{families[0]}",
        folder="stimuli",
    )


def pattern_size_asked(wildcards):
    """Return the size of patterns in pixels: of a folder of a field as scaled to it, else as configured."""
    if wildcards.fitted:
        return pattern_size.scaled_pattern_size(int(re.search("[0-9]+", wildcards.fitted)[0]))
    return PATTERN_SIZE if STIMULI["pattern_size"] == "auto" else STIMULI["pattern_size"]


def answering(pairs, **fields):
    """Return the job that shows layers of a network families of stimuli: as (layer, family), or as their wildcards."""

    def stimuli(wildcards):
        return [stimuli_file(wildcards.network, family.format_map(dict(wildcards.items()))) for _, family in pairs]

    layers = [layer.replace("{", "{wildcards.") for layer, _ in pairs]
    return Job(
        message=f"Computing the responses of {{wildcards.network}} {', '.join(dict.fromkeys(layers))}",
        input={"weights": "results/{network}/weights.h5", "stimuli": stimuli},
        output={"file": [f"results/{{network}}/activations/{layer}/{family}.h5" for layer, family in pairs]},
        command=f"compute_responses.py --weights {{input.weights}} --layer {' '.join(layers)}"
        " --stimuli {input.stimuli} --output {output.file}",
        gpu=True,
        **fields,
    )


def probing(layers):
    """Return the job that shows a control its stimuli and composes its weights: what its score is made from."""
    shown_to, composed = answering(layers.shown() + layers.sources_shown()), expanding(layers.wired(control=True))
    return replace(
        shown_to,
        message="Probing {wildcards.network}: its responses and composed weights",
        output={**shown_to.output, "expanded_weights": composed.output["file"]},
        command=in_turn(shown_to.command, composed.command.replace("{output.file}", "{output.expanded_weights}")),
        before=(*ONE_BY_ONE, "expand_other_weights"),
    )


def expanding(pairs, **fields):
    """Return the job that composes the weights from layers to later ones: as (source, layer), or as their wildcards."""
    sources, layers = ([name.replace("{", "{wildcards.") for name in names] for names in zip(*pairs))
    named = ", ".join(f"{source} -> {layer}" for source, layer in zip(sources, layers))
    return Job(
        message=f"Composing the weights {named} of {{wildcards.network}}",
        input={"weights": "results/{network}/weights.h5"},
        output={"file": [f"results/{{network}}/expanded_weights/{source}_to_{layer}.h5" for source, layer in pairs]},
        command=f"expand_weights.py --weights {{input.weights}} --source {' '.join(sources)}"
        f" --layer {' '.join(layers)} --output {{output.file}}",
        **fields,
    )


def fitting(pairs, **fields):
    """Return the job that fits the factors from layers to later ones: as (source, layer), or as their wildcards."""
    inputs, outputs, commands = {"candidates": "results/{network}/tables/candidates.tsv"}, {}, []
    params = {"seeds": config["factors"]["seeds"], "seed": SEED}
    for number, (layer, part) in enumerate(groupby(pairs, key=itemgetter(1))):
        sources = [source for source, _ in part]
        paths = [f"{source}_to_{layer}.h5" for source in sources]
        inputs[f"weights_{number}"] = [f"results/{{network}}/expanded_weights/{path}" for path in paths]
        inputs[f"textures_{number}"] = [
            f"results/{{network}}/activations/{source}/uniform_plaid.h5" for source in sources
        ]
        outputs[f"factors_{number}"] = [f"results/{{network}}/factors/{path}" for path in paths]
        params[f"options_{number}"] = factor_options(layer)
        commands.append(
            f"fit_factors.py --expanded-weights {{input.weights_{number}}} --candidates {{input.candidates}}"
            f" --textures {{input.textures_{number}}} {{params.options_{number}}} --seeds {{params.seeds}}"
            f" --seed {{params.seed}} --output {{output.factors_{number}}}"
        )
    named = ", ".join(f"{source} -> {layer}" for source, layer in pairs).replace("{", "{wildcards.")
    return Job(
        message=f"Fitting the HF and LF factors {named} of {{wildcards.network}}",
        input=inputs,
        output=outputs,
        params=params,
        command=in_turn(*commands),
        **fields,
    )


def factor_options(layer):
    """Return a function of the wildcards that gives the options of a fit to a layer, or to the wildcard `target`.

    The branch whose units are fitted; of a downstream layer those that use the candidates most. Of a control nobody
    reads more than its two factors.
    """

    def options(wildcards):
        network, branch = wildcards.network, branch_of(wildcards)
        ranks = ["--ranks", "2"] if study.entry(network).control else []
        target = layer.format_map(dict(wildcards.items()))
        if target == studied_layer(wildcards):
            return ["--branch", branch, *ranks]
        own = study.branch(network, target)
        return ["--branch", own, "--downstream", "--candidate-branch", branch, *ranks]

    return options


def articles_network(wildcards):
    """Return the option that says that the units are the article's own."""
    return ["--articles-network"] if study.has_articles_units(wildcards.network) else []
