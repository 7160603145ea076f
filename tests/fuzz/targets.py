"""Every target of the campaign."""

from tests.fuzz import configuration_targets, image_targets, result_targets, weight_targets

TARGETS = (
    *weight_targets.TARGETS,
    *image_targets.TARGETS,
    *result_targets.TARGETS,
    *configuration_targets.TARGETS,
)
BY_NAME = {target.name: target for target in TARGETS}
