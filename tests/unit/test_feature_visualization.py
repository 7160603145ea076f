"""Pictures that units respond to most: every part against lucent or numpy, the whole on planted detectors."""

import numpy as np
import pytest
import torch
from lucent.optvis.param import color, spatial
from torch.nn import functional

from highlow.networks import load, planted
from highlow.networks.geometry import Window
from highlow.networks.graph import Node
from highlow.pictures import feature_visualization as visualization
from highlow.pictures import leaky_network, local_energy, transformation
from highlow.pictures.lucent_library import lucent_module
from highlow.pictures.parameterization import Parameterization
from highlow.runs.errors import HighlowError

CPU = torch.device("cpu")
STILL = torch.tensor([[0.0, 0, 1, 0]])
DETECTORS = (88, 110)  # of the planted network


@pytest.fixture(scope="module")
def network():
    return load("planted", "mixed3a")


@pytest.fixture(autouse=True)
def _one_thread():
    """As jobs run: the sums are the same on any machine then."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def planted_orientations():
    """Return the planted orientation of the detectors, by unit."""
    return {row.unit: row.orientation_deg for row in planted.generate(0).ground_truth if row.role == "detector"}


def pictured(network, units, **options):
    directions = visualization.one_hot(np.array(units), 256)
    return visualization.visualize(network, directions, **({"steps": 3, "progress": False} | options))


# Parameterization ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [16, 15])
def test_parameterization_is_lucents(size):
    generator = torch.Generator().manual_seed(1)
    ours = Parameterization(size, CPU)
    coefficients = torch.stack([ours.start(generator) * 100 for _ in range(2)])
    tensors, image = spatial.fft_image((2, 3, size, size))
    tensors[0].data.copy_(coefficients)
    theirs = color.to_valid_rgb(image, decorrelate=True)().detach()
    assert float((ours.rgb(coefficients) - theirs).abs().max()) < 1e-6
    assert float(theirs.std()) > 0.05


def test_parameterization_has_a_numpy_twin():
    size = 12
    ours = Parameterization(size, CPU)
    coefficients = ours.start(torch.Generator().manual_seed(2)) * 100
    real, imaginary = np.moveaxis(coefficients.numpy(), -1, 0)
    frequency = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None])
    planes = np.fft.irfft2((real + 1j * imaginary) / np.maximum(frequency, 1 / size), s=(size, size), norm="ortho") / 4
    mixed = np.einsum("ij,jyx->iyx", color.color_correlation_normalized, planes)
    assert np.abs(ours.rgb(coefficients[None])[0].numpy() - 1 / (1 + np.exp(-mixed))).max() < 1e-5


def test_pictures_start_nearly_grey():
    ours = Parameterization(32, CPU)
    picture = ours.rgb(ours.start(torch.Generator().manual_seed(3))[None])
    assert float((picture - 0.5).abs().max()) < 0.05


# Transformation ------------------------------------------------------------------------------------------------------


def dot(x, y, size=21):
    picture = torch.zeros(1, 3, size, size)
    picture[0, :, y, x] = 1
    return picture


def place(picture):
    """Return column and row of the brightest pixel."""
    index = int(picture[0, 0].argmax())
    return index % picture.shape[-1], index // picture.shape[-1]


def test_without_movement_the_window_is_a_crop():
    picture = torch.rand(1, 3, 24, 24)
    found = transformation.sample(picture, STILL, 10, (12.0, 5.0))
    assert float((found - picture[:, :, 7:17, 7:17]).abs().max()) < 1e-5


@pytest.mark.parametrize(
    "movement,expected",
    [
        ([3, -2, 1, 0], (16 + 3, 10 - 2)),
        ([0, 0, 1, 90], (10, 16)),  # clockwise: right becomes down
        ([0, 0, 1, -90], (10, 4)),
        ([0, 0, 1.5, 0], (19, 10)),
        ([0, 0, 5 / 6, 0], (15, 10)),
        ([2, 0, 1, 90], (10, 18)),
    ],
)
def test_a_dot_moves_where_it_should(movement, expected):
    found = transformation.sample(dot(16, 10), torch.tensor([movement], dtype=torch.float32), 21, (10.0, 10.0))
    assert place(found) == expected


def test_each_picture_has_its_own_movement():
    movements = torch.tensor([[0.0, 0, 1, 0], [0, 0, 1, 90]])
    found = transformation.sample(dot(16, 10).repeat(2, 1, 1, 1), movements, 21, (10.0, 10.0))
    assert [place(found[:1]), place(found[1:])] == [(16, 10), (10, 16)]


def test_beyond_the_border_there_is_no_edge():
    grey = torch.full((1, 3, 16, 16), 0.6)
    found = transformation.sample(grey, torch.tensor([[7.0, -5, 0.7, 33]]), 16, (7.5, 7.5))
    assert float((found - 0.6).abs().max()) < 1e-6


def test_drawn_movements_stay_in_their_bounds_and_use_them():
    strength = transformation.Strength(jitter=0.1, scale=0.2, rotation_deg=30)
    drawn = transformation.draw(strength, 40, 2000, np.random.default_rng(0))
    middle, reach = np.array([0, 0, 1, 0]), np.array([4, 4, 0.2, 30])
    assert drawn.shape == (2000, 4)
    assert (np.abs(drawn - middle) <= reach + 1e-6).all()
    assert (np.abs(drawn - middle).max(axis=0) > 0.98 * reach).all()


# Gradients -----------------------------------------------------------------------------------------------------------


def test_a_leaky_rectifier_passes_what_switches_it_on():
    x = torch.tensor([[-1.0, -1.0, 2.0, 2.0]] * 3)[:, :, None, None].requires_grad_()
    mask = [torch.tensor(values)[:, None, None, None] for values in ([False, True, False], [False, False, True])]
    result = leaky_network._Leaky.apply(x, *mask)
    assert torch.equal(result.detach(), torch.relu(x.detach()))
    slope = torch.tensor([-3.0, 3.0, -3.0, 3.0])[None, :, None, None]
    (result * slope).sum().backward()
    expected = [[0, 0, -3, 3], [-3, 0, -3, 3], [-3, 3, -3, 3]]
    assert x.grad[:, :, 0, 0].tolist() == expected


def test_a_silent_unit_gets_a_gradient_that_wakes_it(network):
    leaky = leaky_network.LeakyNetwork(network, "mixed3a")
    position = leaky.architecture.central_position("mixed3a", 64)
    picture = torch.full((1, 3, 64, 64), 0.5)
    unit = max(DETECTORS)

    def gradient(leak):
        image = picture.clone().requires_grad_()
        leaky.leak = leak
        answer = leaky.at(image, position)[0, unit]
        (-answer).backward()
        return float(answer.detach()), image.grad

    silent, nothing = gradient(None)
    assert silent == 0
    assert float(nothing.abs().max()) == 0
    answer, something = gradient(torch.tensor([True]))
    assert answer == 0
    assert float(something.abs().max()) > 0


@pytest.mark.parametrize("name,layer", [("inceptionv1_selfsup", "mixed3a"), ("planted", "mixed3a")])
def test_where_nothing_leaks_gradients_are_the_networks(name, layer):
    network = load(name, layer)
    leaky = leaky_network.LeakyNetwork(network, layer)
    position = network.architecture.central_position(layer, 64)
    start = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def gradient(answered):
        pictures = start.clone().requires_grad_()
        answered.at(pictures, position).sum().backward()
        return pictures.grad

    expected = gradient(network)
    assert float((gradient(leaky) - expected).abs().max()) < 1e-5 * float(expected.abs().max())


@pytest.mark.parametrize("stride,dilation,size", [(1, 1, 9), (2, 1, 12), (3, 2, 14)])
def test_the_gradient_of_a_first_convolution_is_autograds(stride, dilation, size):
    node = Node("first", "conv", ("image",), 5, Window(kernel=3, stride=stride, dilation=dilation))
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(5, 3, 3, 3, generator=generator), torch.randn(5, generator=generator)
    images = torch.randn(2, 3, size, size, generator=generator)
    ours, theirs = images.clone().requires_grad_(), images.clone().requires_grad_()
    answer = leaky_network._OfPicture.apply(ours, node, weight, bias)
    expected = functional.conv2d(theirs, weight, bias, stride, 0, dilation)
    assert torch.equal(answer, expected)
    slope = torch.randn(answer.shape, generator=generator)
    (answer * slope).sum().backward()
    (expected * slope).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-5, atol=1e-5)


def test_the_leaky_networks_answers_are_the_networks(network):
    pictures = torch.rand(2, 3, 64, 64)
    leaky = leaky_network.LeakyNetwork(network, "mixed3a")
    leaky.leak = torch.tensor([True, False])
    theirs = network(pictures)
    assert float((leaky(pictures) - theirs).abs().max()) < 1e-4 * float(theirs.max())


# Pictures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer,size", [("conv2d2", None), ("mixed3a", None), ("mixed3a", 100), ("mixed3b", 32)])
def test_a_pictures_middle_sees_no_padding(network, layer, size):
    architecture = load("planted", layer).architecture
    found = visualization.picture_size(architecture, layer, size)
    field = architecture.receptive_field(layer, architecture.central_position(layer, found), found)
    assert found % architecture.stride(layer) == 0
    assert found >= (size or 0)
    assert field.first >= 0
    assert field.last < found


@pytest.mark.parametrize("name", ["planted", "inceptionv1_selfsup"])
def test_a_picture_does_not_depend_on_its_company(name):
    network = load(name, "mixed3a")
    company = [*DETECTORS, *range(64, 75), 3, 200]
    together = pictured(network, company)
    assert len({image.tobytes() for image in together.images}) == len(company)
    for chosen in (*(slice(count) for count in (1, 2, 3, 5, 8, 9)), slice(-2, None)):
        found = pictured(network, company[chosen])
        assert np.array_equal(found.images, together.images[chosen]), chosen
        assert np.array_equal(found.activation, together.activation[chosen]), chosen


def test_batches_that_must_be_full_keep_the_order(network, monkeypatch):
    company = [*DETECTORS, 3, 100, 64]
    together = pictured(network, company)
    monkeypatch.setattr(visualization, "CPU_BATCH", (4, 4))  # as on a card, where their number is always the same
    found = pictured(network, company)
    assert np.array_equal(found.images, together.images)
    assert np.array_equal(found.activation, together.activation)


def test_seeds_and_reruns(network):
    first, again, other = (pictured(network, [88], seed=seed).images for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_planted_detectors_respond_to_their_pictures(network, planted_orientations):
    units = list(planted_orientations)[:4]
    found = pictured(network, units, steps=24)
    assert found.images.shape == (4, found.size, found.size, 3)
    assert found.images.dtype == np.uint8
    assert (found.activation > 0).all()
    field = (found.field.first, found.field.last)
    for unit, image in zip(units, found.images, strict=True):
        high, low = local_energy.energy_on_sides(image, planted_orientations[unit], field)
        assert high > low


def test_the_recorded_activation_is_that_of_the_saved_picture(network):
    found = pictured(network, [88, 8], steps=12)
    images = torch.from_numpy(found.images).permute(0, 3, 1, 2).float() / 255
    position = network.architecture.central_position("mixed3a", found.size)
    expected = network(images)[[0, 1], [88, 8], position, position].numpy()
    assert found.activation == pytest.approx(expected, rel=1e-4)


def test_a_direction_is_followed_and_its_opposite_avoided(network):
    # Two units of fine textures; the negative of two of coarse ones, which respond to grey already.
    direction = torch.zeros(2, 256)
    direction[0, [8, 12]] = torch.tensor([0.8, 0.6])
    direction[1, [1, 3]] = torch.tensor([-0.8, -0.6])
    found = visualization.visualize(network, direction, steps=20, progress=False)
    answers = visualization.responses(network, found.images, CPU)
    assert found.activation == pytest.approx((answers * direction.numpy()).sum(1), rel=1e-5, abs=1e-5)
    grey = visualization.responses(network, np.full((1, 72, 72, 3), 128, np.uint8), CPU)[0] @ direction.numpy().T
    assert grey[0] == 0
    assert grey[1] < -0.4
    assert found.activation[0] > 1
    assert found.activation[1] > 0.5 * grey[1]


def test_variations_are_driven_apart(network, monkeypatch):
    options = {"steps": 16, "variations": 3}
    apart = pictured(network, [88], **options)
    monkeypatch.setattr(visualization, "DIVERSITY", 0.0)
    alike = pictured(network, [88], **options)
    assert apart.images.shape == (1, 3, apart.size, apart.size, 3)
    assert apart.activation.shape == (1, 3)
    mean = [float(visualization.picture_similarity(network, found.images[0]).mean()) for found in (apart, alike)]
    assert mean[0] < mean[1] - 0.02


def test_similarity_is_lucents_and_numpys():
    activations = torch.rand(4, 5, 3, 3)
    grams = [a.reshape(5, -1) @ a.reshape(5, -1).T for a in activations.numpy()]
    cosine = np.array([[(a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b) for b in grams] for a in grams])
    expected = (cosine.sum(1) - 1) / 3
    found = visualization.similarity(activations, 4)
    assert found.numpy() == pytest.approx(expected, rel=1e-5)
    # Lucent's sum over pairs, divided by the batch; its sign is that of a reward.
    theirs = -lucent_module("optvis.objectives").diversity("layer")(lambda layer: activations)
    assert float(theirs) / 3 == pytest.approx(float(found.mean()), rel=1e-5)
    # Variations of another unit do not count.
    assert visualization.similarity(activations, 2).numpy() == pytest.approx(
        [cosine[0, 1], cosine[0, 1], cosine[2, 3], cosine[2, 3]], rel=1e-5
    )


@pytest.mark.parametrize("directions", [torch.zeros(1, 256), torch.ones(2, 255), torch.ones(256)])
def test_directions_that_do_not_fit(network, directions):
    with pytest.raises(HighlowError, match=r"needs directions of shape \(n, 256\), none of them zero"):
        visualization.visualize(network, directions, steps=1)


def test_the_first_layer_can_be_pictured_in_variations():
    first = load("planted", "conv2d0")
    found = visualization.visualize(first, visualization.one_hot(np.array([0]), 64), steps=8, variations=2)
    assert (found.activation > 0).all()


# Real weights --------------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_googlenets_detectors_have_their_high_frequencies_where_their_tuning_says(weights_dir):
    # Preferred orientations as measured from responses (tables/detectors.tsv).
    orientations = {148: 272, 121: 355, 106: 138, 126: 206}
    network = load("googlenet", "mixed3a", weights_dir=weights_dir)
    found = pictured(network, list(orientations), steps=48)
    field = (found.field.first, found.field.last)
    ratios = [
        local_energy.decibels(*local_energy.energy_on_sides(image, angle, field))
        for image, angle in zip(found.images, orientations.values(), strict=True)
    ]
    assert min(ratios) > 1
    assert (found.activation > 500).all()
