# Every figure of a network, in the order of the article page: its inputs by role, and the settings that it is drawn by.
# A figure is a module of src/highlow/figures with a function `draw`, a caption in workflow/report, and an entry here.
# It is drawn from results alone: restyling one redraws it and no other.

FIGURES = {
    "hero": Figure(
        {
            "detectors": DETECTORS,
            "tuning": "results/{network}/tables/tuning.tsv",
            "factors": factor_files,
            "stimuli": lambda wildcards: stimuli_file(wildcards.network, "high_low"),
            "pictures": studied_pictures,
        },
        settings=(*STUDIED, "branch", "units", "pattern_size"),
        lists=study.sources,
    ),
    "fig01_feature_visualizations": Figure(
        {"detectors": DETECTORS, "pictures": studied_pictures},
        settings=(*STUDIED, "branch", "units"),
    ),
    "fig01b_diversity": Figure({"detectors": DETECTORS, "variations": filled("pictures/{layer}_diversity.h5")}),
    "fig02_dataset_examples": Figure(
        {
            "detectors": DETECTORS,
            "examples": filled("dataset_examples/{layer}.h5"),
            "sides": "results/{network}/tables/example_sides.tsv",
            "pictures": studied_pictures,
        },
        settings=(*STUDIED, "branch", "units"),
    ),
    "stimulus_axes": Figure(stimuli_of(("high_low", "high_low_balanced")), settings={}),
    "control_stimuli": Figure({"detectors": DETECTORS, **stimuli_of(shown.SMALL)}),
    "fig03_tuning": Figure(
        {"detectors": DETECTORS, "tuning": "results/{network}/tables/tuning.tsv", "pictures": studied_pictures},
        settings=(*STUDIED, "branch", "units", "pattern_size"),
    ),
    "fig04_weights": Figure(INPUTS_UPSTREAM, settings=(*STUDIED, "branch")),
    "fig05_clusters": Figure(INPUTS_UPSTREAM, settings=(*STUDIED, "branch")),
    "fig06_factors": Figure(
        {
            "roles": "results/{network}/tables/upstream_roles.tsv",
            "factors": factor_files,
            "factor_pictures": of_each_source("pictures/factors/{source}_to_{layer}.h5"),
            "source_pictures": pictures_of_each_source,
        },
        lists=study.sources,
    ),
    "fig07_factor_responses": Figure(
        {"factors": factor_files, "uniform": of_each_source("activations/{source}/uniform.h5")},
        lists=study.sources,
    ),
    "fig08_factor_tuning": Figure(
        {"factors": factor_files, "uniform": of_each_source("activations/{source}/uniform.h5")},
        lists=study.sources,
    ),
    "fig09_spatial_factors": Figure(
        {"detectors": DETECTORS, "factors": factor_files, "pictures": studied_pictures},
        settings=(*STUDIED, "branch", "units"),
        lists=study.sources,
    ),
    "fig09b_exception": Figure(
        {
            **responses_to(STRUCTURE_FAMILIES, "{source}"),
            **INPUTS_UPSTREAM,
            "factors": filled("factors/{source}_to_{layer}.h5"),
        },
        settings=(*STUDIED, "branch"),
    ),
    "fig10_usage": Figure(INPUTS_OF_USAGE, SETTINGS_OF_USAGE, of=study.has_downstream),
    "fig11_excitation_inhibition": Figure(INPUTS_OF_USAGE, SETTINGS_OF_USAGE, of=study.has_downstream),
    "fig12_boundary_inputs": Figure(
        {**INPUTS_OF_USAGE, "input_kinds": "results/{network}/tables/input_kinds.tsv"},
        SETTINGS_OF_USAGE,
        of=study.has_downstream,
    ),
    "fig13_boundary_detectors": Figure(INPUTS_OF_USAGE, SETTINGS_OF_USAGE, of=study.has_downstream),
    "figx_polarity_invariance": Figure(
        {"detectors": DETECTORS, "expanded_weights": INPUTS_OF_USAGE["expanded_weights"]},
        settings=(*SETTINGS_OF_USAGE, "seed"),
        of=study.has_downstream,
    ),
    "fig14_similar_detectors": Figure(
        {
            "layers": of_each_compared("layers.tsv"),
            "detectors": of_each_compared("detectors.tsv"),
            "shown": of_each_compared("shown.tsv"),
            "pictures": of_each_compared("pictures.h5"),
        },
        settings=("network", "titles"),
        lists=study.compared,
        facts=("src/highlow/reference/article.yaml",),
    ),
    "fig15_universality_factors": Figure(
        {
            "layers": of_each_compared("layers.tsv"),
            "detectors": of_each_compared("detectors.tsv"),
            "shown": of_each_compared("shown.tsv"),
            "factors": of_each_compared("factors.h5"),
        },
        settings=("network", "titles"),
        lists=study.compared,
    ),
    **{
        f"figx_{name}": Figure(
            {"table": f"results/{{network}}/tables/{name}.tsv"},
            settings=(*STUDIED, "branch", "seed"),
            of=lambda network, name=name: name in experiments_of(network),
        )
        for name in EXPERIMENTS
    },
    "figx_emergence": Figure(
        {
            "emergence": "results/{network}/tables/emergence.tsv",
            "runs": "results/{network}/tables/training_runs.tsv",
        },
        of=study.has_training_record,
        networks=TRAINED_NETWORKS,
    ),
    "planted_ground_truth": Figure(
        {
            "weights": "results/{network}/weights.h5",
            "ground_truth": "results/{network}/tables/ground_truth.tsv",
            "detectors": DETECTORS,
        },
        of=study.has_ground_truth,
    ),
    # Of the runs that were trained here, not of a network.
    "draw_emergence": Figure(
        {"emergence": "results/training/emergence.tsv", "runs": "results/training/runs.tsv"},
        settings={"title": "InceptionV1 stem, trained here", "layer": "mixed3a"},
        drawn_by="figx_emergence",
        folder="training",
    ),
    "draw_first_layer": Figure(
        {run: f"results/training/{run}/snapshots.h5" for run in first_seed_runs()},
        settings={},
        drawn_by="figx_first_layer",
        folder="training",
    ),
    "draw_atlas": Figure(
        {"atlas": "results/atlas/atlas.tsv", "layers": "results/atlas/layers.tsv"},
        settings={},
        facts=("src/highlow/reference/article.yaml",),
        drawn_by="atlas",
        folder="atlas",
    ),
    "draw_compare": Figure(
        {network: f"results/{network}/scorecard.tsv" for network in study.compared(NETWORK)},
        settings={},
        drawn_by="compare",
        folder="compare",
    ),
}

add_jobs({name: drawing(name, figure) for name, figure in FIGURES.items()})

# `snakemake fig03` draws figure 3 of the configured network.
for short_name, figure_name in short_names(NETWORK).items():

    rule:
        name:
            short_name
        input:
            f"results/{NETWORK}/figures/{figure_name}.svg",
        localrule: True
