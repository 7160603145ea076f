"""Training: what a step shows, that it learns, that it repeats itself, and that it survives being killed."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from highlow.networks.architectures import architecture
from highlow.networks.extracted import Extracted
from highlow.networks.model import Network
from highlow.pictures import dead_leaves
from highlow.runs.errors import HighlowError
from highlow.training import collage, data, loop, photographs, recipe, run, snapshots, state, trainable
from highlow.training.recipe import Recipe
from tests.conftest import REPOSITORY

CPU = torch.device("cpu")
GRAPH = architecture(run.NETWORK)
SMALL = Recipe(steps=12, batch=8)


@pytest.fixture(scope="module")
def scenes():
    """Forty generated images: enough for a training set with two held out."""
    generator = np.random.default_rng(0)
    made = [dead_leaves.scene("all", 128, generator).pixels for _ in range(40)]
    return photographs.split(made, "scenes")


def train(scenes, settings, folder, keep=lambda step, weights: None):
    return loop.train(GRAPH, scenes, settings, folder, {"content": scenes.fingerprint}, keep, CPU)


def kept(folder):
    folder.mkdir()
    found = {}

    def keep(step, weights):
        found[step] = weights

    return found, keep


@pytest.mark.slow
def test_the_loss_falls_and_two_runs_with_one_seed_agree(scenes, tmp_path):
    settings = replace(SMALL, steps=200)
    runs = []
    for name in ("first", "second"):
        weights, keep = kept(tmp_path / name)
        runs.append((train(scenes, settings, tmp_path / name, keep), weights))
    (history, weights), (again, weights_again) = runs
    assert history[-20:, 0].mean() < history[:20, 0].mean() - 0.1  # which photograph
    assert history[-20:, 2].mean() < 0.26  # where the boundary is: how often there is one gives 0.30 alone
    np.testing.assert_array_equal(history, again)
    assert list(weights) == recipe.checkpoint_steps(200) == [0, 16, 23, 32, 45, 64, 91, 128, 181, 200]
    for layer, (weight, bias) in weights[200].items():
        assert torch.equal(weight, weights_again[200][layer][0])
        assert torch.equal(bias, weights_again[200][layer][1])
    other = train(scenes, replace(settings, seed=1, steps=2), tmp_path)
    assert not np.array_equal(other, history[:2])


def test_a_killed_run_continues_to_the_same_numbers(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY", 5)
    whole, keep = kept(tmp_path / "whole")
    history = train(scenes, SMALL, tmp_path / "whole", keep)
    cut, keep = kept(tmp_path / "cut")
    step = loop._step

    def killed(*arguments):
        if calls.pop() == 0:
            raise KeyboardInterrupt
        return step(*arguments)

    calls = list(range(8))  # killed in the eighth step, three after a saved state
    monkeypatch.setattr(loop, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        train(scenes, SMALL, tmp_path / "cut", keep)
    taken = []
    monkeypatch.setattr(loop, "_step", lambda *arguments: taken.append(1) or step(*arguments))
    again = train(scenes, SMALL, tmp_path / "cut", keep)
    assert len(taken) == SMALL.steps - 5
    np.testing.assert_array_equal(again, history)
    for layer, (weight, _) in whole[12].items():
        assert torch.equal(weight, cut[12][layer][0])


def test_a_state_of_other_settings_is_not_continued_and_a_damaged_one_is_named(scenes, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVE_EVERY", 2)
    train(scenes, replace(SMALL, steps=3), tmp_path)
    saved = tmp_path / "state.safetensors"
    learner = loop.Learner(GRAPH, len(scenes.trained))
    optimizer = torch.optim.AdamW(learner.parameters())
    content = saved.read_bytes()
    assert len(state.load(saved, learner, optimizer, {"recipe": "another"})) == 0
    assert not saved.exists()  # else a third run would continue it with what the second one kept beside it
    saved.write_bytes(content[: len(content) // 2])
    with pytest.raises(HighlowError, match=r"state\.safetensors: does not match its checksum: damaged"):
        train(scenes, replace(SMALL, steps=3), tmp_path)


def test_the_kept_weights_are_a_running_average():
    learner = loop.Learner(GRAPH, 4)
    name = "kernels.mixed3a_3x3"
    expected = None
    for step in range(30):
        value = torch.randn_like(learner.network.state_dict()[name])
        learner.network.state_dict()[name].copy_(value)
        learner.update_average(step, 0.6)
        share = min(0.6, step / (step + 10))
        expected = value if expected is None else share * expected + (1 - share) * value
    torch.testing.assert_close(learner.average.state_dict()[name], expected)


def test_folded_weights_compute_what_the_trained_network_does(scenes, tmp_path):
    torch.manual_seed(0)
    network = trainable.TrainableNetwork(GRAPH)
    images = torch.rand(4, 3, 48, 48)
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(images)  # running moments that are not those of the start
        network.eval()
        expected = network(images)["mixed3b"]
        plain = Network(GRAPH, trainable.folded(network), "mixed3b")
        torch.testing.assert_close(plain(images), expected, rtol=1e-4, atol=1e-4)


def test_no_crop_shows_the_held_out_strip(scenes):
    for index, image in enumerate(scenes.trained[:8]):
        numbered = np.arange(image.shape[0] * image.shape[1], dtype=np.int64).reshape(image.shape[:2])
        inside = photographs.trained_part(numbered, index, 48)
        outside = photographs.held_out_strip(numbered, index, 48)
        assert np.intersect1d(inside, outside).size == 0
        assert inside.size + outside.size == numbered.size


def test_batches_repeat_themselves_and_hold_what_their_labels_say(scenes):
    first, again = (photographs.batch(scenes, SMALL, 3) for _ in range(2))
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    for crop, label in zip(*first, strict=True):
        part = photographs.trained_part(scenes.trained[label], int(label), 48)
        windows = np.lib.stride_tricks.sliding_window_view(part, (48, 48), axis=(0, 1)).transpose(0, 1, 3, 4, 2)
        looks = [np.rot90(view, turn) for view in (crop, crop[:, ::-1]) for turn in range(4)]
        matches = [(windows == wanted).all(axis=(2, 3, 4)).any() for wanted in looks]
        assert any(matches)


def test_random_labels_are_fixed_for_a_place_and_say_nothing_of_the_image(scenes):
    settings = replace(SMALL, labels="random", batch=256)
    labels = photographs.batch(scenes, settings, 0)[1]
    plain = photographs.batch(scenes, replace(settings, labels="photograph"), 0)[1]
    assert (labels == plain).mean() < 0.2
    # Wherever two steps show the same place of an image, whatever the turn, they ask for the same number.
    seen = {}
    for step in range(12):
        for crop, label in zip(*photographs.batch(scenes, settings, step), strict=True):
            seen.setdefault(np.sort(crop.reshape(-1, 3), axis=0).tobytes(), []).append(int(label))
    repeated = [found for found in seen.values() if len(found) > 1]
    assert len(repeated) > 100
    # A few of an image's places are the same in whole pixels.
    assert np.mean([len(set(found)) == 1 for found in repeated]) > 0.9


def test_random_labels_ask_for_the_boundary_of_another_collage(scenes):
    centers = loop.field_centers(GRAPH, SMALL.crop_size)
    plain, rolled = (
        loop.examples(scenes, replace(SMALL, labels=name), 0, centers) for name in ("photograph", "random")
    )
    assert torch.equal(rolled.boundary, plain.boundary.roll(1, dims=0))
    assert not torch.equal(rolled.boundary, plain.boundary)


def test_the_share_of_boundary_positions_gives_the_errors_that_the_caption_names():
    settings, centers = Recipe(), loop.field_centers(GRAPH, Recipe().crop_size)
    found = [collage.boundary_map(collage.masks(settings, step), centers, loop.BOUNDARY_REACH) for step in range(20)]
    share = float(np.mean(found))
    caption = (REPOSITORY / "workflow/report/figx_emergence.rst").read_text()
    assert f"({2 * share * (1 - share):.2f})" in caption  # that share as the answer everywhere
    assert f"({share:.2f})" in caption  # "nowhere" as the answer


def test_a_collage_is_each_crop_on_its_side_and_the_boundary_lies_between():
    settings = replace(SMALL, batch=32)
    found = collage.masks(settings, 0)
    front, back = (np.full((32, 3, 48, 48), value, dtype=np.float32) for value in (0.8, 0.2))
    joined = collage.joined(front, back, found, replace(settings, seed=1), 0)
    deep = found.inside < -4
    np.testing.assert_allclose(joined.transpose(0, 2, 3, 1)[deep], 0.2, atol=0.01)
    centers = loop.field_centers(GRAPH, 48)
    assert centers.tolist() == [7, 15, 23, 31, 39, 47]
    boundary = collage.boundary_map(found, centers, loop.BOUNDARY_REACH)
    assert boundary.any(axis=(1, 2)).all()
    # By hand, from the mask itself: a window of the reach around a centre holds both sides.
    for index, (row, column) in enumerate(np.argwhere(boundary[0])):
        y, x = centers[row], centers[column]
        window = found.front[0, max(y - 5, 0) : y + 6, max(x - 5, 0) : x + 6]
        assert window.min() < 0.5 < window.max(), index


def test_a_run_without_the_boundary_task_sees_the_same_collages_and_is_not_asked_where_they_meet(scenes):
    centers = loop.field_centers(GRAPH, SMALL.crop_size)
    settings = [replace(SMALL, labels=labels) for labels in ("photograph", "no_boundary")]
    both, one = (loop.examples(scenes, wanted, 0, centers) for wanted in settings)
    assert torch.equal(both.pixels, one.pixels) and torch.equal(both.boundary, one.boundary)
    torch.manual_seed(0)
    answers = {
        "photograph": torch.randn(SMALL.batch, len(scenes.trained), requires_grad=True),
        "boundary": torch.randn(both.boundary.shape, requires_grad=True),
    }
    gradients = []
    for wanted in settings:
        total, loss = loop.objective(answers, both, wanted)
        gradients.append(torch.autograd.grad(total, [*answers.values()]))
        assert loss > 0
    torch.testing.assert_close(gradients[0][0], gradients[1][0])
    assert gradients[0][1].abs().sum() > 0
    assert gradients[1][1].abs().sum() == 0


@pytest.mark.parametrize("last", [0.0, 0.5])
def test_the_learning_rate_rises_and_falls(last):
    settings = replace(SMALL, steps=100, last_learning_rate=last)
    rates = [loop.schedule(step, settings) for step in range(100)]
    assert max(rates) == 1
    assert rates[0] < 0.5
    assert rates[-1] == pytest.approx(last, abs=0.01)
    assert np.argmax(rates) < 5


def test_an_unknown_setting_is_named_with_the_nearest_one():
    with pytest.raises(HighlowError, match="'crop_sise'; did you mean 'crop_size'"):
        recipe.from_mapping({"crop_sise": 48})
    with pytest.raises(HighlowError, match="steps must be positive"):
        recipe.from_mapping({"steps": 0})
    with pytest.raises(HighlowError, match="unknown precision 'bfloat61'; did you mean 'bfloat16'"):
        recipe.from_mapping({"precision": "bfloat61"})
    with pytest.raises(HighlowError, match="batch must be at least 2"):
        recipe.from_mapping({"batch": 1})
    with pytest.raises(HighlowError, match="no boundary task to leave out"):
        recipe.from_mapping({"labels": "no_boundary", "boundary_weight": 0})


def test_crops_too_large_for_generated_scenes_are_said_before_any_is_made():
    with pytest.raises(HighlowError, match="crop_size 129 is too large for scenes of 256 px; take at most half"):
        data.photographs("dead_leaves", None, 129, 0)
    with pytest.raises(HighlowError, match="training needs photographs"):
        data.photographs("photographs", None, 48, 0)


@pytest.mark.parametrize("precision", recipe.PRECISIONS)
def test_the_precision_is_that_of_the_recipe(scenes, tmp_path, monkeypatch, precision):
    seen = []
    conv2d = trainable.functional.conv2d
    monkeypatch.setattr(
        trainable.functional, "conv2d", lambda *values: seen.append(conv2d(*values)) or seen[-1], raising=True
    )
    train(scenes, replace(SMALL, steps=1, precision=precision), tmp_path)
    assert {found.dtype for found in seen} == {getattr(torch, precision)}


def test_too_few_images_are_said(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    with pytest.raises(HighlowError, match="0 usable images; training needs at least 40"):
        photographs.read(tmp_path, 48)


def test_snapshots_hold_what_was_kept(tmp_path):
    weights = trainable.folded(trainable.TrainableNetwork(GRAPH))
    snapshots.keep(tmp_path, 16, weights)
    snapshots.pack(tmp_path / "snapshots.h5", tmp_path, [16], {"seed": 0})
    ((step, read),) = snapshots.read(tmp_path / "snapshots.h5")
    assert step == 16
    for layer, (weight, bias) in weights.items():
        torch.testing.assert_close(read[layer][0], weight, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(read[layer][1], bias, rtol=1e-3, atol=1e-3)


def test_a_finished_run_has_its_files_and_its_weights_load(scenes, tmp_path):
    settings = replace(SMALL, steps=4)
    (tmp_path / "state").mkdir()
    trained = run.trained(scenes, settings, tmp_path / "state", {}, CPU)
    run.write(tmp_path / "run", tmp_path / "state", trained, {"seed": 0})
    files = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert files == ["loss.provenance.json", "loss.tsv", "report.json", "snapshots.h5", "weights.safetensors"]
    measured = json.loads((tmp_path / "run/report.json").read_text())["measured"]
    assert 0 <= measured["held_out_crops"] <= 1
    assert measured["chance_held_out_photographs"] == 0.5
    assert 0 <= measured["untrained_held_out_crops"] <= 1
    assert set(trained.weights) == {node.name for node in GRAPH.nodes if node.has_weights}
    Network(GRAPH, Extracted(run.NETWORK, GRAPH, trained.weights).weights, "mixed3b")
