"""Options and inputs of the stimuli and of the circuits."""

# What tells the kinds of units apart, in the order of the script's option.
INPUT_FAMILIES = ("luminance_edge", "colour_edge", "grating", "contrast_edge", "uniform_plaid")
# Edges tell one side from the other, textures do not: with both, the structure of a channel of its own is measured.
STRUCTURE_FAMILIES = ("contrast_edge", "luminance_edge", "colour_edge", "uniform_plaid", "grating")


def family_options(wildcards):
    """Return the options of a family: only those that it uses, because they are its cache key."""
    if wildcards.fitted:
        size = pattern_size.scaled_pattern_size(int(re.search("[0-9]+", wildcards.fitted)[0]))
    else:
        size = PATTERN_SIZE if STIMULI["pattern_size"] == "auto" else STIMULI["pattern_size"]
    options = {"pattern-size": size}
    if wildcards.family not in ("luminance_edge", "colour_edge"):
        options["phases"] = STIMULI["phases"]
    if wildcards.family.startswith("high_low"):
        options |= {"orientations": STIMULI["orientations"], "ratios": STIMULI["ratios"]}
    if wildcards.family == "high_low_balanced":
        options["seed"] = SEED
    return [word for name, value in sorted(options.items()) for word in (f"--{name}", str(value))]


def factor_options(wildcards):
    """Return the branch whose units are fitted; of a downstream layer those that use the candidates most."""
    branch = branch_of(wildcards)
    if wildcards.target == studied_layer(wildcards):
        return ["--branch", branch]
    own = study.branch(wildcards.network, wildcards.target)
    return ["--branch", own, "--downstream", "--candidate-branch", branch]


def articles_network(wildcards):
    """Return the option that says that the units are the article's own."""
    return ["--articles-network"] if study.has_articles_units(wildcards.network) else []
