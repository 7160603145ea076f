"""The detection rule on planted networks of further seeds, where the truth is known."""

import pytest

from tests.workflow.runner import SMALL, run
from tests.workflow.truth import check_planted_roles, check_planted_run


@pytest.mark.parametrize("seed", [1, 2])
def test_recall_and_precision_are_one(tmp_path, seed):
    grid = {"orientations": 25, "ratios": 10, "phases": 2}
    run(tmp_path, "results/planted/tables/upstream_roles.tsv", settings=SMALL | {"seed": seed, "stimuli": grid})
    check_planted_run(tmp_path)
    check_planted_roles(tmp_path)
