"""Every script as a person meets it: its help, and one line for what can go wrong."""

import os
import subprocess
import sys

import pytest

from highlow.code_dependencies import code_hash, imported_files
from tests.conftest import REPOSITORY

SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))


def run(*words, **environment):
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_has_an_example(script):
    result = run(script, "--help")
    assert result.returncode == 0
    assert "example:" in result.stdout
    assert len(script.read_text().splitlines()) <= 60


def test_errors_are_one_line_on_the_terminal_and_in_the_log(tmp_path):
    result = run(
        REPOSITORY / "scripts/extract_weights.py",
        "--network",
        "gogglenet",
        "--output",
        tmp_path / "weights.h5",
        "--log",
        tmp_path / "log",
    )
    assert result.returncode == 1
    assert result.stderr == "error: unknown network 'gogglenet'; did you mean 'googlenet'?\n"
    assert (tmp_path / "log").read_text() == result.stderr
    assert not (tmp_path / "weights.h5").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    result = run(REPOSITORY / "scripts/generate_stimuli.py", "uniform", "--output", tmp_path / "file" / "uniform.h5")
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_code_dependencies_follow_imports():
    files = imported_files([REPOSITORY / "scripts/detect.py"], REPOSITORY / "src")
    names = {str(path.relative_to(REPOSITORY)) for path in files}
    assert {"scripts/detect.py", "src/highlow/circuits/detection.py", "src/highlow/store.py"} <= names
    assert "src/highlow/networks/planted.py" not in names
    used = {path.stem: imported_files([path], REPOSITORY / "src") for path in SCRIPTS}
    stem = REPOSITORY / "src/highlow/networks/planted_stem.py"
    assert [name for name, files in used.items() if stem in files] == ["generate_network"]


@pytest.mark.parametrize("figure", sorted(path.stem for path in (REPOSITORY / "src/highlow/figures").glob("*.py")))
def test_figures_do_not_import_torch(figure):
    module = "highlow.figures" if figure == "__init__" else f"highlow.figures.{figure}"
    result = run("-c", f"import sys, {module}; sys.exit('torch' in sys.modules)", PYTHONPATH=str(REPOSITORY / "src"))
    assert result.returncode == 0, result.stderr


def test_figures_do_not_depend_on_each_other():
    source = REPOSITORY / "src"
    names = {path.stem for path in (source / "highlow/figures").glob("fig*.py")} | {"stimulus_axes"}
    for name in names:
        used = {path.stem for path in imported_files([source / f"highlow/figures/{name}.py"], source)}
        assert used & names == {name}


def test_comments_and_docstrings_are_not_code(tmp_path):
    def hashed(text):
        (tmp_path / "a.py").write_text(text)
        return code_hash([tmp_path / "a.py"], tmp_path)

    assert hashed('"""One."""\nx = 1\n') == hashed('"""Two."""\nx = 1  # why\n')
    assert hashed("x = 1\n") != hashed("x = 2\n")
    assert hashed('def f():\n    """One."""\n    return 1\n') == hashed("def f():\n    return 1\n")


def test_anything_unexpected_is_one_line_with_the_traceback_in_the_log(tmp_path):
    log = tmp_path / "log"
    result = run(REPOSITORY / "scripts/draw_figure.py", "fig03_tuning", "--output", tmp_path / "a", "--log", log)
    assert result.returncode == 1
    assert result.stderr.startswith("error: unexpected KeyError")
    assert result.stderr.count("\n") == 1
    assert "Traceback" in log.read_text()
