"""The size of the stimuli, scaled to the receptive field of what is studied."""

import pytest
import yaml

from highlow.circuits import layer_scan
from highlow.networks import pattern_size, registry
from highlow.networks.study import Study
from highlow.probes import families
from highlow.runs import config
from highlow.runs.errors import HighlowError
from tests.conftest import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())


def study(**given):
    return Study(config.validated(given, SCHEMA))


@pytest.mark.parametrize("network", [name for name, found in registry.shipped().items() if not found.module])
def test_the_studied_branch_has_the_field_and_the_pattern_of_the_scan(network):
    asked = study(network=network)
    branch = asked.branch(network)
    places = layer_scan.places(asked.architecture(network))
    place = next(item for item in places if (item.layer, item.branch) == (asked.layer(network), branch))
    assert asked.field(network) == place.field
    assert asked.pattern_size(network) == pattern_size.scaled_pattern_size(place.field)
    assert asked.field(f"{network}_random") == place.field


def test_sizes_of_known_layers():
    sizes = {name: study(network=name).pattern_size(name) for name in ("googlenet", "inceptionv1_selfsup", "vgg19")}
    assert sizes == {"googlenet": 60, "inceptionv1_selfsup": 60, "vgg19": pytest.approx(44.65, abs=0.005)}
    # As text it is part of a cache key, and of the path of the stimuli.
    assert str(sizes["googlenet"]) == "60"
    wide = study(network="googlenet", layer="mixed4c")
    assert wide.pattern_size("googlenet") == pytest.approx(wide.field("googlenet") * 60 / 43)
    assert wide.field("googlenet") > layer_scan.LARGEST_FIELD


def test_a_number_is_every_networks_size():
    given = study(network="vgg19", stimuli={"pattern_size": 52.0})
    assert [given.pattern_size(name) for name in ("vgg19", "googlenet", "vgg19_random")] == [52, 52, 52]


def test_a_layer_too_early_for_two_frequencies_is_refused_in_one_line():
    with pytest.raises(HighlowError) as caught:
        study(network="inception_v3", layer="conv_2")
    message = "layer 'conv_2' of 'inception_v3' sees 11 px, too few for two frequencies, which need 15 px"
    assert str(caught.value).startswith(message)
    assert study(network="inception_v3", layer="conv_2", stimuli={"pattern_size": 60}).field("inception_v3") == 11
    with pytest.raises(HighlowError, match=r"patterns of 26.51 px: none of 4 ratios lies between 2.5 and 3.31"):
        study(network="googlenet", layer="conv2d2", stimuli={"ratios": 4})


def test_balanced_stimuli_are_balanced_over_the_whole_field():
    """Whatever the rounding of the pattern size: the square is the field, or the next odd width."""
    grid = {"orientation_count": 9, "ratio_count": 3, "phase_count": 1, "seed": 0}
    for field in range(pattern_size.smallest_field(), 200):
        size = pattern_size.scaled_pattern_size(field)
        aperture = families.family("high_low_balanced", **grid, pattern_size=size).parameters["aperture"][1]
        assert aperture.tolist() == [field + (field + 1) % 2]
