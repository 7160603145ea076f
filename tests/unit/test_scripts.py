"""Every script as a person meets it: its help, and one line for what can go wrong."""

import json
import os
import runpy
import subprocess
import sys

import h5py
import numpy as np
import pytest

from highlow.circuits.candidates import CONTROLS
from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture
from highlow.networks.model import Network
from highlow.probes import families, response_file, responses
from highlow.runs import command_line, options
from highlow.runs.code_hashes import code_hash, imported_files
from highlow.storage import table_files
from tests.conftest import REPOSITORY

SCRIPTS = sorted((REPOSITORY / "scripts").glob("*.py"))


def run(*words, **environment):
    command = [sys.executable, *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_help_has_an_example(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(script), run_name="__main__")
    assert end.value.code == 0
    assert "example:" in capsys.readouterr().out
    assert len(script.read_text().splitlines()) <= 60


def test_a_script_runs_as_a_program():
    result = run(REPOSITORY / "scripts/detect.py", "--help")
    assert result.returncode == 0
    assert "example:" in result.stdout


@pytest.mark.slow
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


def test_a_pair_without_a_value_is_asked_for():
    result = run(REPOSITORY / "scripts/draw_figure.py", "fig03_tuning", "--output", "a", "--input", "tuning")
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1].endswith("error: argument --input: not ROLE=PATH: 'tuning'")


def test_options_take_their_default_from_the_environment_and_their_type_from_the_default(monkeypatch):
    seen = []
    chosen = options.shared("--device", "--threads", "--articles-network")
    chosen += [options.pairs("--files", "ROLE=PATH", "files", default=[]), options.option("--size", "pixels")]
    main = command_line.script("Test.", lambda given: seen.append(given) or "made", example="test", options=chosen)
    monkeypatch.setenv("HIGHLOW_DEVICE", "cuda")
    assert main(["--threads", "2", "--size", "4", "--files", "a=b=c", "a=d"]) == 0
    assert main(["--device", "cpu", "--articles-network", "--size", "5"]) == 0
    given = [{name: value for name, value in vars(item).items() if name != "log"} for item in seen]
    files = [("a", "b=c"), ("a", "d")]
    assert given[0] == {"device": "cuda", "threads": 2, "articles_network": False, "size": "4", "files": files}
    assert given[1] == {"device": "cpu", "threads": 1, "articles_network": True, "size": "5", "files": []}
    with pytest.raises(SystemExit):
        main([])


def test_scripts_in_turn_share_a_process_and_a_log(tmp_path, capsys):
    files = [tmp_path / f"{family}.h5" for family in ("luminance_edge", "grating")]
    one, other = (["generate_stimuli.py", path.stem, "--output", str(path)] for path in files)
    log = tmp_path / "log"
    in_turn = runpy.run_path(str(REPOSITORY / "scripts/run_in_turn.py"))["main"]
    assert in_turn([*one, "--then", *other, "--log", str(log)]) == 0
    assert all(path.is_file() for path in files)
    said = log.read_text().splitlines()
    assert [line.split(":")[0] for line in said] == ["luminance_edge", "grating"]
    assert capsys.readouterr().err.splitlines() == said
    # The first that fails is the last: its line stands in the log, behind what the others said.
    wrong = ["generate_stimuli.py", "sawtooth", "--output", str(tmp_path / "a.h5")]
    files[1].unlink()
    assert in_turn([*one, "--then", *wrong, "--then", *other, "--log", str(log)]) == 1
    said = log.read_text().splitlines()
    assert len(said) == 2 and said[1].startswith("error: unknown stimulus family 'sawtooth'")
    assert not files[1].exists()
    with pytest.raises(SystemExit) as end:
        in_turn(["generate_stimuli.py", "--sawtooth"])
    assert end.value.code == 2
    assert "usage: generate_stimuli.py" in capsys.readouterr().err


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    result = run(REPOSITORY / "scripts/generate_stimuli.py", "uniform", "--output", tmp_path / "file" / "uniform.h5")
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_code_hashes_follow_imports():
    files = imported_files([REPOSITORY / "scripts/detect.py"], REPOSITORY / "src")
    names = {str(path.relative_to(REPOSITORY)) for path in files}
    assert {"scripts/detect.py", "src/highlow/circuits/detection.py", "src/highlow/storage/table_files.py"} <= names
    assert "src/highlow/networks/planted.py" not in names
    used = {path.stem: imported_files([path], REPOSITORY / "src") for path in SCRIPTS}
    stem = REPOSITORY / "src/highlow/networks/planted_stem.py"
    assert [name for name, files in used.items() if stem in files] == ["generate_network"]


def test_figures_do_not_import_torch():
    stems = sorted(path.stem for path in (REPOSITORY / "src/highlow/figures").glob("*.py"))
    modules = ["highlow.figures", *(f"highlow.figures.{stem}" for stem in stems if stem != "__init__")]
    lines = "\n".join(f"import {module}; assert 'torch' not in sys.modules, {module!r}" for module in modules)
    result = run("-c", f"import sys\n{lines}", PYTHONPATH=str(REPOSITORY / "src"))
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


def write_responses(path, family, curve):
    """Responses of units to a small family: the same `curve`, (first axis, unit), at every other coordinate."""
    response = np.broadcast_to(
        np.expand_dims(curve, tuple(range(1, len(family.shape)))), (*family.shape, curve.shape[1])
    )
    response_file.write(
        path,
        [response.reshape(len(family), -1).astype(np.float32)],
        axes=family.axes,
        axis_units=families.UNITS,
        branches=["3x3", "1x1"],
        attributes={},
        origin={},
    )


def test_measured_tuning_has_the_response_to_every_control(tmp_path):
    grid = {"orientation_count": 13, "ratio_count": 7, "phase_count": 2, "pattern_size": 60, "seed": 0}
    peaks = dict(zip(CONTROLS, (1, 3, 4, 5, 6, 15), strict=True))
    words = []
    for name in ("high_low", "high_low_balanced", *CONTROLS):
        family = families.family(name, **grid)
        curve = np.full((family.shape[0], 2), 10.0)
        if name in CONTROLS:
            curve = np.zeros_like(curve)
            curve[1] = peaks[name], 2 * peaks[name]
        write_responses(tmp_path / f"{name}.h5", family, curve)
        words += [f"--{name.replace('_', '-')}", tmp_path / f"{name}.h5"]
    script = REPOSITORY / "scripts/measure_tuning.py"
    result = run(script, *words, "--layer", "mixed3a", "--candidates", tmp_path / "candidates.tsv")
    assert result.returncode == 0, result.stderr
    table = table_files.read(tmp_path / "candidates.tsv").set_index("unit")
    assert table["branch"].to_dict() == {0: "3x3", 1: "1x1"}
    wanted = {"uniform": 0.3, "grating": 0.4, "luminance_edge": 0.5, "colour_edge": 0.6, "contrast_edge": 1.5}
    for name, share in wanted.items():
        assert table[f"{name}_response"].to_dict() == pytest.approx({0: share, 1: 2 * share})
    assert table.loc[0, "control_free"] == pytest.approx(0.4)
    provenance = json.loads((tmp_path / "candidates.provenance.json").read_text())
    assert set(provenance["inputs"]) == {"high_low", "high_low_balanced", *CONTROLS}


def test_a_missing_control_family_is_asked_for():
    result = run(REPOSITORY / "scripts/measure_tuning.py", "--layer", "mixed3a", "--candidates", "unused.tsv")
    assert result.returncode == 2
    for name in ("high_low", "high_low_balanced", *CONTROLS):
        assert f"--{name.replace('_', '-')}" in result.stderr.splitlines()[-1].split("required: ")[1]


@pytest.mark.parametrize(
    "words,said",
    [
        (("generate_stimuli.py", "uniform", "grating", "--output", "a.h5"), "2 families need as many outputs, not 1"),
        (
            (
                "expand_weights.py",
                "--weights",
                "{weights}",
                "--source",
                "conv2d0",
                "--layer",
                "conv2d1",
                "--output",
                "a",
                "b",
            ),
            "1 sources need as many outputs, not 2",
        ),
        (
            (
                *("compute_responses.py", "--weights", "{weights}", "--layer", "conv2d0", "conv2d1"),
                *("--stimuli", "a", "b", "c", "--output", "d", "e", "f"),
            ),
            "2 layers need as many files of stimuli, not 3",
        ),
    ],
)
def test_lists_that_do_not_fit_each_other_are_said(tmp_path, words, said):
    planted_weights(tmp_path / "weights.h5")
    program, *options = (word.format(weights=tmp_path / "weights.h5") for word in words)
    result = run(REPOSITORY / "scripts" / program, *options)
    assert (result.returncode, result.stderr) == (1, f"error: {said}\n")


def planted_weights(path):
    entry = registry.entry("planted")
    studied = extracted.cut("planted", architecture(entry.architecture, entry.padding), planted.generate(0).weights)
    extracted.write(path, studied, entry, {})
    return studied


@pytest.mark.slow
def test_responses_to_two_families_are_computed_in_one_go(tmp_path):
    studied = planted_weights(tmp_path / "weights.h5")
    grid = {"orientation_count": 13, "ratio_count": 7, "phase_count": 2, "pattern_size": 40, "seed": 0}
    chosen = [families.family(name, **grid) for name in ("colour_edge", "luminance_edge")]
    for family in chosen:
        families.write(str(tmp_path / f"{family.name}.h5"), family, 40, {})
    result = run(
        REPOSITORY / "scripts/compute_responses.py",
        *("--weights", tmp_path / "weights.h5", "--layer", "conv2d0", "conv2d1"),
        *("--stimuli", tmp_path / "colour_edge.h5", tmp_path / "luminance_edge.h5"),
        *("--output", tmp_path / "colour.h5", tmp_path / "luminance.h5"),
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith(f"conv2d0, conv2d1: responses to {2 * 24 * 3 + 24 * 3} stimuli -> ")
    assert result.stderr.count("\n") == 1
    for family, name, layer in zip(chosen, ("colour", "luminance"), ("conv2d0", "conv2d1"), strict=True):
        network = Network(studied.architecture, studied.weights, layer)
        response, axes, _ = response_file.read(tmp_path / f"{name}.h5")
        wanted = np.concatenate([answer for _, answer in responses.responses(network, family)])
        assert list(axes) == [*family.axes, "unit"]
        assert wanted.max() > 0
        np.testing.assert_allclose(response, wanted.reshape(response.shape), atol=1e-5 * wanted.max())


@pytest.mark.slow
def test_stimuli_name_the_options_they_depend_on(tmp_path):
    path = tmp_path / "contrast_edge.h5"
    options = ("--phases", 3, "--orientations", 5, "--pattern-size", 30, "--output", path)
    result = run(REPOSITORY / "scripts/generate_stimuli.py", "contrast_edge", *options)
    assert (result.returncode, result.stderr) == (0, f"contrast_edge: 24 x 3 stimuli -> {path}\n")
    with h5py.File(path) as file:
        assert json.loads(file.attrs["provenance"])["config"] == {"phases": 3, "pattern_size": 30}
