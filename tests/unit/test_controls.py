"""Controls: what each destroys, what it keeps, and their names."""

import numpy as np
import pytest
import torch

from highlow.networks import load, loading, registry
from highlow.networks.loading import extracted_network
from highlow.runs.errors import HighlowError

KINDS = tuple(registry.CONTROLS)


def control(kind, draw=0, seed=0):
    return extracted_network(registry.entry(f"planted_{kind}" + (f"_{draw}" if draw else "")), seed)


@pytest.fixture(scope="module")
def intact():
    return extracted_network(registry.entry("planted"), 0)


def changed_layers(intact, destroyed):
    return {name for name, (weight, _) in intact.weights.items() if not torch.equal(weight, destroyed.weights[name][0])}


@pytest.mark.parametrize("kind", KINDS)
def test_biases_and_architecture_are_kept(intact, kind):
    destroyed = control(kind)
    assert destroyed.architecture == intact.architecture
    assert all(torch.equal(bias, destroyed.weights[name][1]) for name, (_, bias) in intact.weights.items())


def test_shuffled_space_permutes_the_taps_of_every_pair_alone(intact):
    destroyed = control("shuffled_space")
    spatial = {name for name, (weight, _) in intact.weights.items() if weight.shape[-1] > 1}
    assert changed_layers(intact, destroyed) == spatial
    before, after = (network.weights["mixed3a_3x3"][0].flatten(2).numpy() for network in (intact, destroyed))
    np.testing.assert_array_equal(np.sort(before, axis=2), np.sort(after, axis=2))
    # The permutation is another one for every pair of channels: taps of two pairs do not move together.
    order = (after[:, :, :, None] == before[:, :, None, :]).argmax(axis=2)
    assert len(np.unique(order.reshape(-1, 9), axis=0)) > 1000


def test_shuffled_channels_permutes_whole_kernels_for_every_output_alone(intact):
    destroyed = control("shuffled_channels")
    assert changed_layers(intact, destroyed) == set(intact.weights)
    before, after = (network.weights["mixed3a_3x3"][0].numpy() for network in (intact, destroyed))
    orders = set()
    for unit in range(len(before)):
        kernels = {kernel.tobytes(): index for index, kernel in enumerate(before[unit])}
        order = tuple(kernels[kernel.tobytes()] for kernel in after[unit])
        assert sorted(order) == list(range(before.shape[1]))
        orders.add(order)
    assert len(orders) == len(before)


def test_shuffled_last_changes_the_studied_layer_alone(intact):
    destroyed = control("shuffled_last")
    assert changed_layers(intact, destroyed) == {"mixed3a_3x3", "mixed3a_5x5"}
    entry = registry.entry("planted_shuffled_last")
    conv2d2 = registry.from_json(registry.as_json(entry, "architecture", "control", "draw") | {"layer": "conv2d2"})
    assert changed_layers(intact, loading.destroyed(intact, conv2d2, 0)) == {"conv2d2"}


def test_random_has_the_same_moments(intact):
    destroyed = control("random")
    for name, (weight, _) in intact.weights.items():
        redrawn = destroyed.weights[name][0]
        error = float(weight.std()) / weight.numel() ** 0.5
        assert abs(float(redrawn.mean() - weight.mean())) < 5 * error, name
        assert float(redrawn.std() / weight.std()) == pytest.approx(1, abs=5 / weight.numel() ** 0.5), name


@pytest.mark.parametrize("kind", KINDS)
def test_draws_and_seeds_differ_and_repeat(kind):
    first = control(kind).weights["mixed3a_3x3"][0]
    assert torch.equal(first, control(kind).weights["mixed3a_3x3"][0])
    assert not torch.equal(first, control(kind, draw=1).weights["mixed3a_3x3"][0])


def test_a_node_does_not_depend_on_the_others(intact):
    entry = registry.entry("planted_random")
    short = loading.destroyed(type(intact)("short", intact.architecture.truncated("mixed3a"), intact.weights), entry, 0)
    assert torch.equal(short.weights["conv2d1"][0], loading.destroyed(intact, entry, 0).weights["conv2d1"][0])


def test_controls_are_loaded_by_name():
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    answers = [load(name, "mixed3a")(images) for name in ("planted", *(f"planted_{kind}" for kind in KINDS))]
    for index, answer in enumerate(answers[1:]):
        assert answer.shape == answers[0].shape
        assert not any(torch.equal(answer, other) for other in answers[: index + 1])


def test_names_of_controls():
    entry = registry.entry("googlenet_shuffled_space")
    assert (entry.base, entry.control, entry.draw) == ("googlenet", "shuffled_space", 0)
    assert registry.entry("vgg19_random_12").draw == 12
    assert "control" in entry.title
    own = {"mine": {"architecture": "planted", "layer": "mixed3a", "generator": "planted"}}
    assert registry.entry("mine_shuffled_last_3", own).base == "mine"
    taken = {"planted_random": {"architecture": "planted", "layer": "mixed3b", "generator": "planted"}}
    with pytest.raises(HighlowError, match="the name is that of a control"):
        registry.entry("planted_random", taken)
    with pytest.raises(HighlowError, match="did you mean 'googlenet_shuffled_space'"):
        registry.entry("googlenet_shufled_space")


def test_a_control_that_would_change_nothing_is_refused(intact):
    entry = registry.entry("planted_shuffled_last")
    for layer in ("conv2d1", "maxpool1"):
        fields = registry.as_json(entry, "architecture", "control", "draw") | {"layer": layer}
        with pytest.raises(HighlowError, match="changes nothing"):
            loading.destroyed(intact, registry.from_json(fields), 0)


def test_load_destroys_the_layer_that_is_asked_for(intact):
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    last = load("planted_shuffled_last", "mixed3b").weights
    assert torch.equal(last["mixed3a_3x3"], intact.weights["mixed3a_3x3"][0])
    assert not torch.equal(last["mixed3b_3x3"], intact.weights["mixed3b_3x3"][0])
    assert load("planted_shuffled_last", "conv2d2")(images).shape == (1, 192, 16, 16)


@pytest.mark.parametrize(
    "name",
    [
        "planted_shuffled",
        "planted_random_x",
        "planted_random_0",
        "planted_random_01",
        "nothing_random",
        "planted_random_1_random",
    ],
)
def test_other_names_are_unknown(name):
    with pytest.raises(HighlowError, match=f"unknown network '{name}'"):
        registry.entry(name)


def test_an_entry_survives_json():
    for name in (*registry.shipped(), "googlenet_random_2"):
        entry = registry.entry(name)
        fields = [key for key in registry.as_json(entry, *vars(entry)) if key != "name"]
        assert registry.from_json(registry.as_json(entry, *fields)) == entry
