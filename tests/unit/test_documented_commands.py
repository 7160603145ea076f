"""The examples of the page on the command line print what it says."""

import pytest

from highlow.commands import application
from highlow.commands.application import main
from tests.reference import documented_commands
from tests.reference.called_commands import in_a_small_terminal

NAMES = [module.__name__.rpartition(".")[2] for module in application.COMMANDS]


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    in_a_small_terminal(monkeypatch)


def test_every_command_has_an_example_in_the_documentation():
    assert set(documented_commands.documented()) == set(NAMES)


@pytest.mark.parametrize("name", ["networks", "fetch", "detect", "unit"])
def test_documented_commands_print_what_is_documented(capsys, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    example = documented_commands.documented()[name]
    assert main(example.words) == 0
    captured = capsys.readouterr()
    documented_commands.check(example, captured.out + captured.err)
    if name == "unit":
        assert (tmp_path / "planted_mixed3a_110.png").is_file()


def test_the_check_of_documented_commands_finds_what_it_looks_for():
    example = documented_commands.Example(["x"], ["a 1\nb\n", "c ██\n"])
    documented_commands.check(example, "a 2\nb\n rest \nc █")
    with pytest.raises(AssertionError):
        documented_commands.check(example, "c ██ a 1 b")
