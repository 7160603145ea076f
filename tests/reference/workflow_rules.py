"""The rules of the workflow as Snakemake holds them, not as their text says."""

import tempfile
from functools import cache
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings

from tests.conftest import REPOSITORY


@cache
def rules():
    """Return every rule of the default configuration by name."""
    with tempfile.TemporaryDirectory() as folder, SnakemakeApi(OutputSettings()) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1), snakefile=REPOSITORY / "Snakefile", workdir=Path(folder)
        )
        return {rule.name: rule for rule in workflow._workflow.rules}


def with_commands():
    """Return the rules that run a command."""
    return {name: rule for name, rule in rules().items() if rule.shellcmd}
