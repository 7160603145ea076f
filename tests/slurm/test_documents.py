"""The commands for a cluster that the documents promise."""

import pytest

from tests.workflow import test_readme

LINES = {line for path in test_readme.DOCUMENTS for line in test_readme.commands(path.read_text())}
COMMANDS = sorted(line for line in LINES if test_readme.SUBMITTED in line)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_can_be_planned(cluster, line, tmp_path):
    test_readme.check_that_it_can_be_planned(line, tmp_path)
