"""What one job shows to the layers of a network, and which networks have the same jobs."""

from highlow.networks import registry
from highlow.probes import families, shown
from tests.unit.test_atlas import study_of


def test_every_family_is_generated_by_one_job():
    made = (*shown.GRID, *shown.OTHERS)
    assert sorted(made) == sorted((*shown.FAMILIES, shown.DOWNSTREAM)) == sorted(families.FUNCTIONS)


def test_jobs_share_no_file_and_have_what_is_read_of_the_planted_network():
    layers = shown.layers(study_of(), "planted")
    parts = [layers.shown(), layers.sources_shown(), layers.further_shown()]
    pairs = [pair for part in parts for pair in part]
    assert len(pairs) == len(set(pairs))
    assert layers.shown() == [("mixed3a", family) for family in shown.FAMILIES]
    sources = {(source, family) for source in ("maxpool1", "conv2d1") for family in shown.SMALL}
    assert set(layers.sources_shown()) == sources
    # A pool is pictured by the layer before it.
    pictured = {("conv2d2", family) for family in shown.SMALL}
    behind = {("mixed3b", family) for family in (shown.DOWNSTREAM, *shown.SMALL)}
    assert set(layers.further_shown()) == {("maxpool1", "uniform"), ("conv2d1", "uniform"), *pictured, *behind}
    paths = [("maxpool1", "mixed3a"), ("conv2d1", "mixed3a")]
    assert layers.wired() == [*paths, ("mixed3a", "mixed3b")]
    assert layers.wired(control=True) == paths
    early = shown.layers(study_of(layer="conv2d2"), "planted")
    assert early.downstream == "" and early.wired() == early.wired(control=True)
    assert set(early.further_shown()) == {(source, "uniform") for source in early.sources}


def test_networks_have_the_same_jobs_whichever_is_configured():
    known = [shown.alike(study_of(network=name)) for name in ("planted", "vgg19", "planted_random")]
    assert {layers: set(names) for layers, names in known[0].items()} == {
        layers: set(names) for layers, names in known[1].items()
    }
    assert known[0] == known[2]
    assert known[1][next(iter(known[1]))] == ["vgg19"]
    names = [name for part in known[0].values() for name in part]
    assert sorted(names) == sorted(name for name, found in registry.shipped().items() if not found.module)


def test_what_is_not_known_before_anything_is_computed_is_not_listed():
    found = shown.alike(study_of(layer="auto"))
    assert all("planted" not in names for names in found.values())
    assert any("planted_seed1" in names for names in found.values())
