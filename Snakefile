"""High-low frequency detectors, re-derived from a network's weights: the table of contents."""

import logging

# A full disk ends in one line, not in one for every line that Snakemake cannot write into its log.
logging.raiseExceptions = False


configfile: workflow.source_path("config/config.yaml")


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/common_resources.smk"
include: "workflow/rules/common_figures.smk"
include: "workflow/rules/common_images.smk"
include: "workflow/rules/common_training.smk"
include: "workflow/rules/weights.smk"
include: "workflow/rules/stimuli.smk"
include: "workflow/rules/responses.smk"
include: "workflow/rules/tuning.smk"
include: "workflow/rules/circuits.smk"
include: "workflow/rules/pictures.smk"
include: "workflow/rules/universality.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/universality_figures.smk"
include: "workflow/rules/picture_figures.smk"
include: "workflow/rules/dataset_examples.smk"
include: "workflow/rules/image_responses.smk"
include: "workflow/rules/roles.smk"
include: "workflow/rules/circuit_figures.smk"
include: "workflow/rules/downstream.smk"
include: "workflow/rules/downstream_figures.smk"
include: "workflow/rules/page_figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/training.smk"


# On a cluster these run where snakemake does: each takes less than a second, submitting it would take ten.
localrules:
    all,
    choose_upstream_units,
    classify_inputs,
    collect_training,
    copy_training_record,
    detect,
    score_claims,
    select_downstream,
    tabulate_universality,
    train_emergence,
    train_selfsup,
    write_page,


rule all:
    default_target: True
    input:
        contract_files(NETWORK),
