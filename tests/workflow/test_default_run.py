"""The whole pipeline on the default network: what it makes, what a change reruns, how it fails."""

import json
import random
import re
import shlex
import shutil
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from highlow.storage import verification
from tests.conftest import REPOSITORY
from tests.reference.repository_copy import copy_of_repository
from tests.workflow import staging
from tests.workflow.faults import OUTSIDE, kill_runs, results
from tests.workflow.runner import EXPERIMENTS, SMALL, count, planned, run, snakemake

NETWORK = "inceptionv1_selfsup"
# The whole of `make figures`, with the networks that it compares, on a small grid.
SETTINGS = SMALL | {"universality": "auto"}
NO_FIGURES = {"workflow", "planted_ground_truth", "atlas", "compare", "figx_focus", "figx_boundaries"}  # of others
ALL_FIGURES = sorted({path.stem for path in (REPOSITORY / "workflow/report").glob("*.rst")} - NO_FIGURES)
FIRST_STAGES = {"extract_weights", "generate_network", "expand_weights", "expand_other_weights"}
# Figures that show pictures of units, with the page: redrawn when these change.
PICTURED = {
    *("hero", "fig01_feature_visualizations", "fig01b_diversity", "fig02_dataset_examples", "fig03_tuning"),
    *("fig04_weights", "fig05_clusters", "fig06_factors", "fig09_spatial_factors", "fig09b_exception"),
    *("fig10_usage", "fig11_excitation_inhibition", "fig12_boundary_inputs", "fig13_boundary_detectors", "write_page"),
}
IMAGES = "results/images/tables/generated.tsv"
# Jobs after which the second run is killed, and called again; it has dozens.
MOMENTS = [generator.uniform(2, 9) for generator in [random.Random(0)] for _ in range(3)]
PICTURES = {"visualize_features", "visualize_sources", "visualize_variations"}
COMPARED = {"scan_layers", "tabulate_universality", "visualize_similar_detectors", "fig14_similar_detectors"}
OTHER_UNITS = {"tabulate_tuning", "choose_upstream_units", "measure_examples", "score_claims", *PICTURES, *PICTURED}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run in a folder outside the repository."""
    folder = tmp_path_factory.mktemp("run")
    run(folder, "all", settings=SETTINGS)
    return folder


def changed(settings):
    merged = json.loads(json.dumps(SETTINGS))
    for key, value in settings.items():
        merged[key] = merged.get(key, {}) | value if isinstance(value, dict) else value
    return merged


def test_the_run_says_how_long_it_takes_and_where_the_page_is(finished):
    said = min((finished / ".snakemake/log").glob("*.log")).read_text()
    assert re.search(r"^\d+ jobs, .* on this machine$", said, flags=re.MULTILINE)
    page = f"results/{NETWORK}/report/index.html"
    assert f"(100%) done\nThe page is {page}; open it in a browser: {(finished / page).resolve().as_uri()}\n" in said


def test_every_contract_file_is_made(finished):
    root = finished / "results" / NETWORK
    with h5py.File(root / "activations/mixed3a/high_low.h5") as file:
        assert file["response"].dtype == np.float32
        assert [item.label for item in file["response"].dims] == ["ratio", "orientation", "phase", "unit"]
        assert file["response"].shape == (10, 25, 2, 256)
    for path, taps in (("maxpool1_to_mixed3a", 3), ("conv2d1_to_mixed3a", 9), ("mixed3a_to_mixed3b", 3)):
        with h5py.File(root / f"factors/{path}.h5") as file:
            channel = file["channel_factor"][...]
            assert channel.shape[0] == 2
            assert (channel >= 0).all()
            np.testing.assert_allclose(np.linalg.norm(channel, axis=1), 1)
            assert file["spatial_factor"].shape[1:] == (2, taps, taps)
            assert 0 < file.attrs["explained"] <= file.attrs["explained_bound"]
            assert file.attrs["seeds"] == 3
    with h5py.File(root / "weights.h5") as file:
        assert file["mixed3a_3x3/weight"].shape == (128, 96, 3, 3)
        assert file["conv2d0"].attrs["stride"] == 2
    columns = "layer unit branch score preferred_orientation_deg direction_selectivity polarity_ratio peak_response"
    candidates = pd.read_csv(root / "tables/candidates.tsv", sep="\t")
    assert set(columns.split()) < set(candidates.columns)
    assert sorted(candidates["unit"]) == list(range(256))
    assert candidates["score"].is_monotonic_decreasing
    detectors = pd.read_csv(root / "tables/detectors.tsv", sep="\t")
    assert {"is_detector", "weight_orientation_deg", "hf_lf_map_correlation"} < set(detectors.columns)
    tuning = pd.read_csv(root / "tables/tuning.tsv", sep="\t")
    assert list(tuning.columns) == ["layer", "unit", "orientation_deg", "ratio", "response"]
    card = pd.read_csv(root / "scorecard.tsv", sep="\t")
    assert set(card["verdict"]) <= {"holds", "fails", "not measurable"}
    assert card["claim"].str.startswith("networks with detectors, of 2 trained ones compared").sum() == 1
    hidden = [path.name for path in (finished / "results").rglob(".*") if path.is_file()]
    assert set(hidden) <= {".snakemake_timestamp"}  # Snakemake's own, of outputs that are folders


@pytest.mark.parametrize("figure", ALL_FIGURES)
def test_figures_and_their_numbers(finished, figure):
    stem = finished / "results" / NETWORK / "figures" / figure
    svg = stem.with_suffix(".svg").read_text()
    assert "<svg" in svg
    assert "<dc:date>" not in svg
    with Image.open(stem.with_suffix(".png")) as picture:
        assert min(picture.size) >= 500
        assert "Software" not in picture.info
        assert np.asarray(picture.convert("L")).std() > 10
    assert len(pd.read_csv(stem.with_suffix(".tsv"), sep="\t")) > 0
    assert json.loads(stem.with_suffix(".json").read_text())["provenance"]["inputs"]


def test_page_shows_every_figure_and_says_whose_network_it_is(finished):
    report = finished / "results" / NETWORK / "report"
    page = (report / "index.html").read_text()
    assert re.findall(r'<figure id="(\w+)">', page)[0] == "hero"
    shown = re.findall(r'<img src="(figures/\w+\.(?:svg|png))"', page)
    assert {Path(path).stem for path in shown} == set(ALL_FIGURES)
    linked = set(re.findall(r'href="(figures/[^"]+)"', page))
    assert {path for path in [*shown, *linked] if not (report / path).is_file()} == set()
    assert "This network is our own, not the article’s: this project trained it" in page
    assert "generated from a seed" not in page
    assert "block 4 of 5 before the classifier" in page
    assert "file <code>inceptionv1_selfsup.safetensors</code>" in page
    assert "accepted by its sha256" in page
    assert (page.count('<dl class="numbers"'), page.count('<div class="reader"') >= 4) == (0, True)  # words, readable
    assert {"conv2d2", "mixed3a"} <= set(re.findall(r'data-unit="(\w+)/', page))
    verdicts = pd.read_csv(finished / "results" / NETWORK / "scorecard.tsv", sep="\t")["verdict"]
    missed = f"{(verdicts != 'holds').sum()} of {len(verdicts)} claims do not hold on this network"
    assert (missed in page) == (verdicts != "holds").any()
    assert not re.search(r'(?:src="|url\()http', page)
    inputs = json.loads((report / "index.provenance.json").read_text())["inputs"]
    assert {f"{figure}.svg" for figure in ALL_FIGURES} | {"scorecard", "detectors"} <= set(inputs)


def test_snakemakes_own_report_has_every_figure_with_its_caption(finished, tmp_path):
    run(finished, "all", "--report", tmp_path / "report.zip", settings=SETTINGS)
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        report = archive.read("report/report.html").decode()
    for figure in ALL_FIGURES:
        caption = (REPOSITORY / f"workflow/report/{figure}.rst").read_text()
        assert " ".join(caption.split()[:5]) in report, figure
        assert f"{figure}.svg" in report


def test_files_hold_no_path_of_this_machine(finished):
    for path, content in results(finished).items():
        assert str(finished).encode() not in content, path
        assert str(REPOSITORY).encode() not in content, path


def test_every_file_of_a_run_is_as_it_was_written(finished):
    found = verification.verify(finished / "results")
    assert found.findings == []
    assert found.checked == len(list(verification.file_names(finished / "results"))) > 300


def test_every_file_is_an_output_of_a_job(finished):
    """What is none would be lost where files are staged one by one, as with a storage of Snakemake's."""
    outputs = {output for job in staging.jobs(finished) for output in job.outputs}
    files = {name for name in staging.written(finished) if name.startswith("results/")}
    assert staging.declared(files, outputs) == files


def test_every_result_that_a_command_names_is_declared(finished):
    for job in staging.jobs(finished):
        words = {word.rpartition("=")[2] for word in shlex.split(job.command)}
        named = {word for word in words if word.startswith("results/") and not OUTSIDE & set(Path(word).parts)}
        assert {name for name in named if (finished / name).exists()} <= {*job.inputs, *job.outputs}, job.rule


def test_jobs_that_read_tables_and_folders_need_their_inputs_alone(finished, tmp_path):
    """Beside a table lies its checksum. What reads HDF5 alone, and other figures, reads what its command names."""
    one = {
        job.rule: job
        for job in staging.jobs(finished)
        if job.rule == "fig03_tuning" or not any(word in job.command for word in ("draw_figure.py", "visualize_"))
        if any(name.endswith(".tsv") or (finished / name).is_dir() for name in job.inputs)
    }
    assert len(one) >= 15
    for rule, job in one.items():
        files = staging.staged(job, finished, tmp_path / rule)
        assert files and staging.declared(files, job.outputs) == files, rule
        assert [name for name in files if (tmp_path / rule / name).read_bytes() != (finished / name).read_bytes()] == []
        shutil.rmtree(tmp_path / rule)


def test_second_run_does_nothing(finished):
    assert planned(snakemake(finished, "all", "--dry-run", settings=SETTINGS)) == set()


def test_another_request_for_memory_reruns_nothing(finished):
    requests = ("--set-resources", "detect:mem_mb=9000", "search_examples:runtime=600", "search_examples:gpu=1")
    assert planned(snakemake(finished, "all", "--dry-run", *requests, settings=SETTINGS)) == set()


def test_another_run_that_is_killed_three_times_gives_the_same_bytes(finished, tmp_path):
    """Every rule runs once more, elsewhere; what another job of the same rule makes is taken over.

    All its processes are killed at moments that nothing is prepared for; the next call goes on by itself.

    Weights and images come first, in a folder of their own: all else would be made again because of them.
    """
    first = results(finished)
    sources = [f"results/{name}/weights.h5" for name in (NETWORK, "planted")]
    made_from_nothing = planned(snakemake(tmp_path / "sources", *sources, IMAGES, "--dry-run"))
    run(tmp_path / "sources", *sources, IMAGES, cores="2")  # the only jobs here that run beside each other
    take_over(finished, tmp_path / "again")
    again = planned(snakemake(tmp_path / "again", "all", "--dry-run", settings=SETTINGS))
    assert made_from_nothing | again == planned(snakemake(tmp_path / "empty", "all", "--dry-run", settings=SETTINGS))
    kill_runs(tmp_path / "again", "all", moments=MOMENTS, expected=first, cores="1", settings=SETTINGS)
    last = run(tmp_path / "again", "all", cores="1", settings=SETTINGS)
    assert last.stderr.count("the last run was killed: its lock is removed") == 1
    for folder in ("sources", "again"):
        second = results(tmp_path / folder)
        assert [path for path in second if first[path] != second[path]] == []
    assert list(first) == list(second)


def take_over(finished, folder):
    """Copy what a second run needs not make again: weights, images and compared networks."""
    for pattern in (f"{NETWORK}/weights.*", "images", "planted", f"{NETWORK}_seed1"):
        found = list((finished / "results").glob(pattern))
        assert found, pattern
        for path in found:
            copy = folder / path.relative_to(finished)
            copy.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, copy)


def test_changed_orientations_rerun_what_uses_them(finished):
    result = snakemake(finished, "all", "--dry-run", settings=changed({"stimuli": {"orientations": 37}}))
    rules = planned(result)
    assert {"generate_stimuli", "compute_responses", "measure_tuning", "detect", "fig03_tuning"} <= rules
    assert not rules & FIRST_STAGES
    assert {count(result, rule) for rule in ("generate_stimuli", "compute_responses")} == {1}
    # Of what is shown no grid.
    assert not {"generate_other_stimuli", "compute_source_responses", "compute_further_responses"} & rules


@pytest.mark.parametrize(
    "settings,rules",
    [
        (
            {"factors": {"seeds": 4}},
            {
                *("fit_factors", "detect", "score_claims", *EXPERIMENTS),
                *("visualize_factors", *PICTURES, *COMPARED),
                *("choose_upstream_units", "classify_downstream", "measure_examples", "write_page", *ALL_FIGURES),
            }
            - {"stimulus_axes", "figx_emergence"},
        ),
        ({"units": [70, 88]}, OTHER_UNITS),
        (
            {"dataset_examples": {"count": 3}},
            {"search_examples", "merge_examples", "measure_examples", "score_claims", *PICTURES, *PICTURED},
        ),
        (
            {"feature_visualization": {"steps": 9}},
            {"visualize_factors", "visualize_similar_detectors", "fig14_similar_detectors", *PICTURES, *PICTURED},
        ),
        (
            {"universality": ["planted_wide"]},
            {"generate_network", "fig15_universality_factors", "score_claims", "write_page", *COMPARED},
        ),
        ({"device": "cpu"}, set()),
    ],
)
def test_a_changed_key_reruns_the_rules_that_use_it(finished, settings, rules):
    assert planned(snakemake(finished, "all", "--dry-run", settings=changed(settings))) == rules


def test_picturing_every_unit_makes_other_pictures_and_no_other_diversity(finished):
    rules = planned(snakemake(finished, "all", "--dry-run", settings=changed({"units": "all"})))
    assert "visualize_features" in rules
    assert not {"visualize_variations", "fig01b_diversity", "fit_factors", "fit_other_factors"} & rules


def test_moving_the_weights_folder_reruns_nothing(finished, tmp_path):
    result = snakemake(finished, "all", "--dry-run", settings=SETTINGS, environment={"HIGHLOW_WEIGHTS": str(tmp_path)})
    assert planned(result) == set()
    settings = changed({"weights_dir": str(tmp_path / "elsewhere")})
    assert planned(snakemake(finished, "all", "--dry-run", settings=settings)) == set()


def test_fresh_clone_runs_and_restyling_one_figure_redraws_it_alone(finished, tmp_path):
    clone = copy_of_repository(tmp_path / "clone")
    for name in ("results", ".snakemake"):
        shutil.copytree(finished / name, clone / name, dirs_exist_ok=True)
    assert planned(snakemake(clone, "all", "--dry-run", repository=clone, settings=SETTINGS)) == set()
    module = clone / "src/highlow/figures/fig08_factor_tuning.py"
    module.write_text(module.read_text().replace("outside lower center", "outside upper center"))
    rules = planned(snakemake(clone, "all", "--dry-run", repository=clone, settings=SETTINGS))
    assert rules == {"fig08_factor_tuning", "write_page"}
    before = (clone / f"results/{NETWORK}/figures/fig08_factor_tuning.png").read_bytes()
    run(clone, f"results/{NETWORK}/figures/fig08_factor_tuning.svg", repository=clone)
    assert (clone / f"results/{NETWORK}/figures/fig08_factor_tuning.png").read_bytes() != before


def test_one_figure_needs_its_ancestors_only(tmp_path):
    rules = planned(snakemake(tmp_path, f"results/{NETWORK}/figures/stimulus_axes.svg", "--dry-run"))
    assert rules == {"generate_stimuli", "stimulus_axes"}


@pytest.mark.parametrize(
    "figure,unneeded",
    [
        ("fig07_factor_responses", {"visualize_features", "search_examples", "scan_layers", "classify_downstream"}),
        ("fig04_weights", {"scan_layers", "visualize_factors", "tabulate_tuning"}),
        ("fig13_boundary_detectors", {"scan_layers", "visualize_factors", "measure_examples"}),
        ("fig14_similar_detectors", {"search_examples", "visualize_features", "detect", "fit_factors"}),
    ],
)
def test_no_figure_asks_for_another(tmp_path, figure, unneeded):
    rules = planned(snakemake(tmp_path, f"results/{NETWORK}/figures/{figure}.svg", "--dry-run"))
    assert rules & set(ALL_FIGURES) == {figure}
    assert not rules & unneeded


MISTAKES = [
    (["all"], {"universality": ["vgg91"]}, "error: unknown network 'vgg91'; did you mean 'vgg19'?"),
    (["all"], {"network": "gogglenet"}, "error: unknown network 'gogglenet'; did you mean 'googlenet'?"),
    (
        ["all"],
        {"layer": "mixed3c"},
        f"error: network '{NETWORK}' has no layer 'mixed3c'; did you mean 'mixed3",
    ),
    (
        ["all"],
        {"units": [400]},
        f"error: layer 'mixed3a' of '{NETWORK}' has no unit 400; its units are 0 to 255",
    ),
    (["all"], {"units": [5]}, "error: unit 5 of 'mixed3a' is in the 1x1 branch; figures show units of the 3x3 branch"),
    (["all"], {"network": "googlenet", "layer": "avgpool0"}, "sees the whole image"),
    (["all"], {"layer": "conv2d0"}, "error: layer 'conv2d0' of 'inceptionv1_selfsup' reads the image"),
    (
        ["all"],
        {"network": "inception_v3", "layer": "conv_2"},
        "error: layer 'conv_2' of 'inception_v3' sees 11 px, too few for two frequencies, which need 15 px",
    ),
    (["all"], {"stimuly": {}}, "error: unknown config key 'stimuly'; did you mean 'stimuli'?"),
    (["all"], {"stimuli": {"ratio": 5}}, "error: unknown config key 'stimuli.ratio'; did you mean 'ratios'?"),
    (["all"], {"network": "googlenet"}, "error: weights of 'googlenet' not found: no file"),
]


@pytest.mark.parametrize("targets,settings,message", MISTAKES)
def test_mistakes_end_in_one_line(tmp_path, targets, settings, message):
    result = snakemake(tmp_path, *targets, settings=settings, environment={"XDG_CACHE_HOME": str(tmp_path)})
    assert result.returncode != 0
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith("error:")]
    assert len(lines) == 1, result.stdout + result.stderr
    assert message in lines[0]
    assert "Traceback" not in result.stdout + result.stderr


def test_nested_and_list_values_of_the_command_line(finished):
    words = ["stimuli={orientations: 25, ratios: 10, phases: 2}", "factors={seeds: 3}", "controls={draws: 0}"]
    words += ["units=[70,88]", "seed=0", "universality=auto", "feature_visualization={steps: 8}"]
    result = snakemake(finished, "all", "--dry-run", "--config", *words, settings={})
    assert planned(result) == OTHER_UNITS


def test_no_gpu_is_said(finished, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    shutil.rmtree(folder / f"results/{NETWORK}/activations")
    result = snakemake(folder, "all", settings=changed({"device": "cuda"}), cores="1")
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert "device=cuda, but PyTorch finds no GPU here" in lines[0]


def test_runs_without_the_environment_being_activated(tmp_path):
    run(tmp_path, "results/stimuli/uniform_plaid.h5", environment={"PATH": "/usr/bin:/bin", "PYTHONPATH": ""})


def test_a_truncated_file_is_named_and_nothing_else_is_lost(finished, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(finished, folder)
    damaged = folder / f"results/{NETWORK}/activations/mixed3a/high_low.h5"
    damaged.write_bytes(damaged.read_bytes()[:50000])
    target = f"results/{NETWORK}/tables/candidates.tsv"
    result = snakemake(folder, target, "--forcerun", "measure_tuning")
    assert result.returncode != 0
    path = f"results/{NETWORK}/activations/mixed3a/high_low.h5"
    assert f"error: {path}: does not match its checksum: damaged; delete it and run again" in result.stderr
    damaged.unlink()
    run(folder, target)
    intact = Path(f"results/{NETWORK}/tables/candidates.tsv")
    assert (folder / intact).read_bytes() == (finished / intact).read_bytes()
