"""The command `highlow`: each command as a person calls it, its help, and how it ends."""

import json
import os
import re
import subprocess
import sys

import pandas as pd
import pytest
from PIL import Image

import highlow
from highlow.circuits import detection
from highlow.commands import application, explore, opening, terminal
from highlow.commands import run as run_command
from highlow.commands.application import main
from highlow.networks import registry
from highlow.runs.errors import HighlowError
from tests.conftest import REPOSITORY
from tests.reference import own_network
from tests.reference.called_commands import called, in_a_small_terminal

NAMES = [module.__name__.rpartition(".")[2] for module in application.COMMANDS]
GRID = ["--orientations", "9", "--ratios", "6", "--phases", "1", "--seeds", "1"]
HEAVY = ("torch", "numpy", "pandas", "matplotlib", "snakemake", "h5py", "sklearn", "scipy")


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    in_a_small_terminal(monkeypatch)


# Help ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], *([name] for name in NAMES)], ids=["highlow", *NAMES])
def test_help_fits_a_terminal_of_80_columns_and_has_examples(capsys, words):
    status, text, _ = called(capsys, *words, "--help")
    assert status == 0
    assert max(map(len, text.splitlines())) <= 80
    shown = [
        line.strip() for line in text.split("Examples:")[1].splitlines() if line.startswith(("  highlow", " highlow"))
    ]
    assert shown and all(line.startswith(" ".join(["highlow", *words])) for line in shown)


def test_every_number_of_a_help_has_its_unit(capsys):
    _, text, _ = called(capsys, "detect", "--help")
    words = " ".join(text.replace("│", " ").split())
    for phrase in ("Orientations from 0° to 360°", "Size of the patterns, px", "73 orientations 5° apart"):
        assert phrase in words


@pytest.mark.parametrize("words", [["--help"], ["detect", "--help"], ["networks"], ["fetch", "planted"], ["detekt"]])
def test_nothing_heavy_is_imported_before_it_is_needed(words):
    code = (
        "import sys\nfrom highlow.commands.application import main\n"
        f"status = main({words!r})\nprint('heavy', sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "heavy []"


def test_a_terminal_without_degrees_and_blocks_is_written_to_all_the_same():
    variables = os.environ | {"PYTHONIOENCODING": "ascii"}
    for words in (["detect", "--help"], ["networks"]):
        command = [sys.executable, "-m", "highlow", *words]
        found = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
        assert (found.returncode, found.stderr) == (0, "") and found.stdout.isascii()


def test_networks_are_completed_and_the_shell_is_told_how():
    variables = os.environ | {
        "_HIGHLOW_COMPLETE": "complete_bash",
        "COMP_WORDS": "highlow detect plan",
        "COMP_CWORD": "2",
    }
    command = [sys.executable, "-c", "from highlow.commands.application import main; main()"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
    assert found.stdout.split() == ["planted", "planted_seed1", "planted_wide", "planted_deep"]


# How a command ends --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["detekt"], "No such command 'detekt'. Did you mean 'detect'?; see `highlow --help`"),
        (["detect", "planted", "--foo"], "No such option: --foo; see `highlow detect --help`"),
        (["unit"], "Missing argument 'NETWORK'; see `highlow unit --help`"),
        (["detect", "planted", "--orientations", "8"], "Invalid value for '--orientations'"),
    ],
)
def test_wrong_words_are_one_line_and_status_2(capsys, words, line):
    status = main(words)
    errors = capsys.readouterr().err
    assert status == 2
    assert errors.startswith(f"error: {line}") and errors.count("\n") == 1


def test_no_words_show_the_help(capsys):
    status, text, _ = called(capsys)
    assert status == 2 and "Usage: highlow" in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["detect"], "name either a network, e.g. planted, or --module FILE.py:FUNCTION"),
        (["detect", "planted", "--module", "a.py:b"], "name either a network"),
        (["detect", "--module", "a.py"], "--module a.py: no function"),
        (["detect", "plantet"], "unknown network 'plantet'; did you mean 'planted'?"),
        (["detect", "planted", "--tsv", "--json"], "either --tsv or --json"),
        (["detect", "planted", "--figure", "a.gif"], "a.gif: pictures end in .png or .svg"),
        (["detect", "planted", "--figure", "no/such/a.png"], "no/such/a.png: no such folder"),
        (["detect", "planted", "--layer", "mixed3"], "network 'planted' has no layer 'mixed3'"),
        (["detect", "planted", "--mean", "0,0,0"], "--mean is for a module"),
        (["detect", "--module", "a.py:b", "--std", "1,2"], "--std is three numbers, e.g. 0.485,0.456,0.406, not '1,2'"),
        (["detect", "--module", "a.py:b", "--arguments", "[1]"], "--arguments is JSON by name"),
        (["detect", "--module", "a.py:b"], "network 'a_b': no file a.py; write its path from the folder of the call"),
        (["unit", "planted", "mixed3a"], "'mixed3a' is no unit; write LAYER:UNIT"),
        (["unit", "planted", "mixed3a:-1"], "'mixed3a:-1' is no unit"),
        (["unit", "planted", "mixed3a:256"], "layer 'mixed3a' of 'planted' has no unit 256; its units are 0 to 255"),
        (["fetch", "googlenet"], "weights of 'googlenet' not found"),
        (["explain", "nothing.tsv"], "nothing.tsv: no such file"),
        (["verify", "nothing"], "nothing: no such folder"),
    ],
)
def test_what_can_be_mended_is_one_line_and_status_1(capsys, words, line):
    status = main(words)
    captured = capsys.readouterr()
    assert status == 1
    assert captured.err.startswith(f"error: {line}") and captured.err.count("\n") == 1
    assert captured.out == ""


def test_an_interruption_is_status_130(capsys):
    def interrupted():
        raise KeyboardInterrupt

    assert terminal.ended(interrupted) == 130
    assert capsys.readouterr().err.startswith("error: interrupted")


def test_a_reader_that_has_read_enough_is_no_error():
    writing = "from highlow.commands import terminal\nimport sys\n"
    writing += "sys.exit(terminal.ended(lambda: [print('x' * 100) for _ in range(10000)] and 'done'))"
    with subprocess.Popen([sys.executable, "-c", writing], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == terminal.CUT


# networks, fetch, run ------------------------------------------------------------------------------------------------


def test_networks_and_where_their_weights_are(capsys, tmp_path):
    (tmp_path / "vgg19.safetensors").write_bytes(b"1234")
    status, text, _ = called(capsys, "networks", "--weights-dir", tmp_path)
    assert status == 0
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert set(registry.shipped()) <= set(lines)
    assert "here: vgg19.safetensors" in lines["vgg19"]
    assert "no address: put" in lines["squeezenet1_1"] and "not known" in lines["squeezenet1_1"]
    assert "to download from raw.githubusercontent.com" in lines["inceptionv1_2015"]
    assert lines["planted"].split() == ["planted", "generated"]
    assert re.search(r"comes with the library +1\.4 MB", lines["inceptionv1_selfsup"])
    assert max(map(len, text.splitlines()[:16])) <= 80
    status, text, _ = called(capsys, "networks", "--weights-dir", tmp_path, "--json")
    rows = {row["network"]: row for row in json.loads(text)}
    assert rows["vgg19"]["bytes"] == 4 and rows["vgg19"]["path"] == str(tmp_path / "vgg19.safetensors")
    assert rows["inceptionv1_2015"]["bytes"] > 28e6 and rows["inceptionv1_2015"]["path"] is None
    assert rows["googlenet"]["url"].startswith("http") and rows["googlenet"]["bytes"] is None


@pytest.mark.slow
def test_networks_of_torchvision_have_sizes_and_addresses(capsys):
    _, text, _ = called(capsys, "networks", "--torchvision", "--json")
    rows = {row["network"]: row for row in json.loads(text)}
    # 46,830,571 bytes, as the server of PyTorch has it; torchvision rounds to a thousandth of a MiB.
    assert rows["torchvision/resnet18"]["bytes"] == pytest.approx(46_830_571, abs=600)
    assert rows["alexnet"]["weights"] == "to download" and rows["alexnet"]["file"].startswith("alexnet-")


def test_weights_that_are_here_are_checked(capsys):
    status, text, last = called(capsys, "fetch", "inceptionv1_selfsup")
    assert status == 0
    assert text.strip().endswith("highlow/resources/inceptionv1_selfsup.safetensors")
    assert last == "inceptionv1_selfsup: has the registered sha256 (1.4 MB)"
    status, text, last = called(capsys, "fetch", "planted")
    assert (status, text) == (0, "")
    assert last == "planted: is generated from a seed, there is nothing to fetch"


def test_damaged_weights_are_told(capsys, tmp_path):
    (tmp_path / "vgg19.safetensors").write_bytes(b"1234")
    status, _, last = called(capsys, "fetch", "vgg19", "--weights-dir", tmp_path)
    assert status == 1 and "has the wrong hash" in last


def test_run_is_snakemake_with_this_snakefile(monkeypatch):
    seen = []
    monkeypatch.setattr(run_command, "ran", lambda words: seen.append(words) or 3)
    assert main(["run", "fig03", "-n", "--config", "network=planted", "universality=[]", "--cores=2"]) == 3
    beginning = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    assert seen == [[*beginning, "fig03", "-n", "--config", "network=planted", "universality=[]", "--cores=2"]]
    assert main(["run", "--", "--help"]) == 3
    assert seen[1] == [*beginning, "--help"]


@pytest.mark.parametrize(
    ("code", "status"), [("import sys; sys.exit(5)", 5), ("import os; os.kill(os.getpid(), 9)", 137), ("", 0)]
)
def test_a_program_ends_with_its_own_status(code, status):
    assert run_command.ran([sys.executable, "-c", code]) == status


def test_a_wish_to_end_is_handed_on():
    waiting = "import time; print('started', flush=True); time.sleep(3600)"
    code = f"from highlow.commands.run import ran; import sys; sys.exit(ran([sys.executable, '-c', {waiting!r}]))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.terminate()
        assert process.wait() == 128 + 15


def test_run_without_the_repository_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(run_command, "REPOSITORY", tmp_path)
    with pytest.raises(HighlowError, match="no Snakefile; the pipeline runs from a clone"):
        run_command.command_of(["all"])


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["--cores", "2"], ["--cores", "2", "--config", "network=planted"]),
        (["--config", "seed=1", "--cores", "2"], ["--config", "network=planted", "seed=1", "--cores", "2"]),
    ],
)
def test_explore_makes_the_explorer_and_opens_it(monkeypatch, capsys, tmp_path, words, given):
    monkeypatch.chdir(tmp_path)
    page, asked, opened = tmp_path / "results/planted/explorer/index.html", [], []
    monkeypatch.setattr(explore, "ran", lambda words: asked.append(words) or 0)
    monkeypatch.setattr(explore.webbrowser, "open", lambda address: opened.append(address) or True)
    status, _, last = called(capsys, "explore", "planted", *words)
    assert status == 1 and "no such page" in last
    page.parent.mkdir(parents=True)
    page.write_text("")
    status, text, last = called(capsys, "explore", "planted", *words)
    assert (status, text, last) == (0, f"{page}\n", "planted: opened in the browser")
    assert asked[0] == asked[1] == run_command.command_of(["explorer", *given])
    called(capsys, "explore", "planted", "--no-open", *words)
    assert opened == [page.as_uri()]


def test_explore_says_that_snakemake_failed(monkeypatch, capsys):
    monkeypatch.setattr(explore, "command_of", lambda words: [sys.executable, "-c", "import sys; sys.exit(3)"])
    status, _, last = called(capsys, "explore", "planted")
    assert (status, last) == (1, "error: Snakemake ended with status 3; what it says above is the reason")


# detect, unit --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    return highlow.load("planted").detect("mixed3a", orientations=9, ratios=6, phases=1, seeds=1)


def test_detect_shows_what_python_finds(capsys, found, tmp_path):
    picture = tmp_path / "found.png"
    status, text, last = called(capsys, "detect", "planted", *GRID, "--rows", "17", "--figure", picture)
    assert (status, last) == (0, f"planted mixed3a: 15 detectors among 256 units; drawn: {picture}")
    assert max(map(len, text.splitlines())) <= 80
    rows = [line.split() for line in text.splitlines() if re.match(r" *\d+ +[01]\.\d\d ", line)]
    assert [int(row[0]) for row in rows] == found["unit"].head(17).tolist()
    assert [row[1] for row in rows] == [f"{score:.2f}" for score in found["score"].head(17)]
    assert [row[-1] for row in rows].count("detector") == 15
    assert rows[0][-2] == "-1.00" and rows[16][-2:] == ["no:", "score"]
    with Image.open(picture) as image:
        assert image.width == 1500


def test_detect_gives_other_programs_every_unit(capsys, found, tmp_path):
    _, text, last = called(capsys, "detect", "planted", *GRID, "--tsv")
    (tmp_path / "table.tsv").write_text(text)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "table.tsv", sep="\t"), found, check_dtype=False, rtol=1e-8)
    assert last == "planted mixed3a: 15 detectors among 256 units"
    _, text, _ = called(capsys, "detect", "planted", *GRID, "--json")
    told = json.loads(text)
    assert (told["network"], told["layer"], told["branch"], told["source"]) == ("planted", "mixed3a", "3x3", "maxpool1")
    assert [row["unit"] for row in told["units"]] == found["unit"].tolist()
    silent = next(row for row in told["units"] if row["peak_response"] == 0)
    assert silent["preferred_orientation_deg"] is None


def test_detect_takes_a_module_of_ones_own(capsys, tmp_path, monkeypatch):
    own_network.write_code(tmp_path)
    monkeypatch.chdir(tmp_path)
    words = ["detect", "--module", "mine.py:build", "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25"]
    status, _, last = called(capsys, *words, *GRID)
    assert status == 1 and "no layer of 'mine' is registered; name one with --layer, or --layer auto" in last
    assert last.endswith("stages.1.conv, global_average, head")
    words += ["--size", "48", "--arguments", '{"width": 8}']
    status, text, last = called(capsys, *words, *GRID, "--layer", "stages.1", "--pattern-size", "45")
    assert status == 0 and "among 16 units" in last
    assert text.startswith("mine stages.1.conv, branch stages.1.conv, weights from ")


def test_what_is_studied_where_nothing_is_named(monkeypatch):
    studied, asked = highlow.load("planted"), []
    table = {"layer": ["mixed3a", "conv2d2"], "branch": ["3x3", "conv2d2"], "source": ["maxpool1", "conv2d1"]}
    table = pd.DataFrame(table | {"is_peak": [0, 1]})
    monkeypatch.setattr(type(studied), "scan", lambda self, **how: asked.append(how) or table)
    assert opening.place("planted", studied, opening.Place("", "", "")) == ("mixed3a", "3x3", "maxpool1")
    assert opening.place("planted", studied, opening.Place("mixed3a", "1x1", "")) == ("mixed3a", "1x1", "maxpool1")
    assert asked == []
    # The layer where the scan of all of them finds most.
    auto = opening.place("planted", studied, opening.Place("auto", "", "maxpool0"), seeds=2)
    assert auto == ("conv2d2", "conv2d2", "maxpool0") and asked == [{"seeds": 2}]


@pytest.mark.parametrize(
    ("module", "name"),
    [("net.py:build", "net"), ("a/b.c/my net.py:make", "my_net_make"), ("package.nets:small", "nets_small")],
)
def test_what_a_module_is_called(module, name):
    assert opening.name_of(module) == name


def test_a_unit_has_a_sheet_and_numbers(capsys, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, text, last = called(capsys, "unit", "planted", "mixed3a:110", *GRID, "--steps", "2")
    assert (status, last) == (0, "drawn: planted_mixed3a_110.png")
    with Image.open("planted_mixed3a_110.png") as image:
        assert image.width == 1500
    unit = found[found["unit"] == 110].iloc[0]
    assert text.startswith("mixed3a 110, branch 3x3: detector")
    assert re.search(rf"score +{unit['score']:.2f} *\n", text)
    assert re.search(rf"contrast edge +{unit['contrast_edge_response']:.3f} *\n", text)
    assert len(re.findall(r"^maxpool1 \d+ ", text, flags=re.M)) == 12


def test_a_unit_of_another_branch_has_its_own_inputs(capsys, tmp_path):
    sheet = tmp_path / "unit.svg"
    words = ["unit", "planted", "mixed3a:3", *GRID, "--steps", "1", "--output", sheet, "--json"]
    status, text, _ = called(capsys, *words)
    told = json.loads(text)
    assert status == 0 and sheet.read_text().startswith("<?xml")
    assert (told["unit"], told["branch"], told["verdict"]) == (3, "1x1", "not a detector: other branch")
    weights = highlow.load("planted").weights("mixed3a", 3, branch="1x1", source="maxpool1")
    assert weights.shape == (1, 192, 1, 1)
    largest = abs(weights[0, :, 0, 0]).argsort()[::-1][0]
    assert told["strongest_inputs"][0]["unit"] == largest


def test_verdicts_name_the_first_condition_that_is_missed(found):
    from highlow.commands.detect import verdicts

    said = verdicts(found, "3x3")
    assert said.count("detector") == found["is_detector"].sum()
    assert {text for text, branch in zip(said, found["branch"], strict=True) if branch != "3x3"} == {"no: other branch"}
    alike = found.assign(is_detector=0)  # every condition that the table tells is met
    assert verdicts(alike, "3x3")[0] == "no: factor separation"
    crossed = found.assign(is_detector=0, hf_lf_map_correlation=1.0)
    assert verdicts(crossed, "3x3")[0] == "no: map correlation"
    assert set(detection.conditions(found, 1.0)) >= {"map correlation", "score"}


@pytest.mark.parametrize(
    ("value", "drawn"), [(0, "    "), (1, "████"), (0.5, "██  "), (0.53, "██▏ "), (float("nan"), "")]
)
def test_bars(value, drawn, monkeypatch):
    monkeypatch.setattr(terminal, "_has", lambda character: True)
    assert terminal.bar(value, 4) == drawn
    monkeypatch.setattr(terminal, "_has", lambda character: False)
    assert terminal.bar(0.5, 4) == "##"
