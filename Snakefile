"""High-low frequency detectors, re-derived from a network's weights: the table of contents."""


configfile: workflow.source_path("config/config.yaml")


include: "workflow/rules/common.smk"
include: "workflow/rules/weights.smk"
include: "workflow/rules/stimuli.smk"
include: "workflow/rules/responses.smk"
include: "workflow/rules/tuning.smk"
include: "workflow/rules/circuits.smk"
include: "workflow/rules/picture_inputs.smk"
include: "workflow/rules/pictures.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/picture_figures.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        contract_files(NETWORK),
