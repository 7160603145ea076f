"""High-low frequency detectors, re-derived from a network's weights: the table of contents."""

import logging

# A full disk ends in one line, not in one for every line that Snakemake cannot write into its log.
logging.raiseExceptions = False


configfile: workflow.source_path("config/config.yaml")


report: "workflow/report/workflow.rst"


# The tables of jobs, in the order in which data flows, each behind the helpers that it uses; then the rule that makes
# all of them.
include: "workflow/rules/common.smk"
include: "workflow/rules/common_networks.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/common_circuits.smk"
include: "workflow/rules/probes.smk"
include: "workflow/rules/circuits.smk"
include: "workflow/rules/common_images.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/common_pictures.smk"
include: "workflow/rules/pictures.smk"
include: "workflow/rules/common_training.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/common_experiments.smk"
include: "workflow/rules/experiments.smk"
include: "workflow/rules/common_figures.smk"
include: "workflow/rules/universality.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/common_report.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/common_explorer.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/jobs.smk"
include: "workflow/rules/waiting.smk"


rule all:
    default_target: True
    input:
        lambda wildcards: contract_files(NETWORK),
    localrule: True
