"""Inputs that figures share, and the job that draws one."""

from highlow.figures.declaration import STUDIED, Figure

# Of figures of the layer behind the studied one.
SETTINGS_OF_USAGE = (*STUDIED, "branch", "downstream")
INPUTS_OF_USAGE = {
    "roles": "results/{network}/tables/downstream_roles.tsv",
    "detectors": DETECTORS,
    "expanded_weights": filled("expanded_weights/{layer}_to_{downstream}.h5"),
    "studied_pictures": filled("pictures/{layer}.h5"),
    "later_pictures": filled("pictures/{downstream}.h5"),
}
# Of figures of the channels that detectors are made of.
INPUTS_UPSTREAM = {
    "roles": "results/{network}/tables/upstream_roles.tsv",
    "detectors": DETECTORS,
    "expanded_weights": filled("expanded_weights/{source}_to_{layer}.h5"),
    "pictures": studied_pictures,
    "source_pictures": source_pictures,
}


def drawing(name, figure):
    """Return the job that draws a figure; the SVG of a network's figure carries its caption into Snakemake's report."""
    drawn = figure.drawn_by or name
    stem = f"results/{figure.folder}/figures/{drawn}"
    files = {kind: f"{stem}.{kind}" for kind in ("svg", "png", "tsv", "json")}
    of = " of {wildcards.network}" if "{network}" in figure.folder else ""
    if of or figure.folder in ("atlas", "compare"):
        caption = f"../report/{drawn}.rst"
        files["svg"] = report(files["svg"], caption=caption, category="Figures", labels={"figure": drawn})
    return Job(
        message=f"Drawing {drawn}{of}",
        input=figure.inputs,
        output=files,
        params={
            "figure": drawn,
            "roles": figure.roles,
            "settings": figure.settings_of(study),
            "stem": lambda wildcards, output: output.svg.removesuffix(".svg"),
        },
        command="draw_figure.py {params.figure} --input {params.roles} --settings {params.settings}"
        " --output {params.stem}",
        reads=[f"src/highlow/figures/{drawn}.py", *figure.facts],
        log=f"figures/{drawn}",
        folder=figure.folder,
        constraints={"network": figure.networks} if figure.networks else {},
    )


def of_each_compared(name):
    """Return a function of the wildcards that gives a file of the layer scan of each compared network."""
    return lambda wildcards: [f"results/{network}/universality/{name}" for network in study.compared(wildcards.network)]


def figures_of(network):
    """Return the names of a network's figures, in the order of the page."""
    return [name for name, figure in FIGURES.items() if figure.folder == "{network}" and figure.of(network)]


def short_names(network):
    """Return the names of a network's numbered figures by their numbers, as `fig03`; the first has one that several share."""
    found = {}
    for name in figures_of(network):
        number = re.match(r"(fig\d+\w?)_", name)
        if number and number[1] not in FIGURES:
            found.setdefault(number[1], name)
    return found
