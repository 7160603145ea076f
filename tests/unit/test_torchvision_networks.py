"""Networks of torchvision's list: what the registry makes of a name, and where their weights come from."""

import hashlib
import io
from types import SimpleNamespace

import pytest
import torch

from highlow.networks import extracted, extraction, loading, registry, weight_files
from highlow.networks.importing import description
from highlow.networks.registry import Entry, WeightFile
from highlow.runs.errors import HighlowError
from highlow.storage import provenance
from tests.reference import web_server
from tests.reference.torchvision_models import models, random_model

CLASSIFIERS = models.list_models(module=models)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The user's cache and PyTorch's, empty; no proxy."""
    web_server.without_proxy(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("TORCH_HOME", raising=False)
    monkeypatch.delenv("HIGHLOW_WEIGHTS", raising=False)
    monkeypatch.delenv("HIGHLOW_OFFLINE", raising=False)


@pytest.mark.parametrize("name", ["torchvision/resnet18", "torchvision_resnet18"])
def test_a_name_and_its_folder_are_one_network(name):
    found = registry.entry(name)
    assert (found.name, found.module, found.layer) == ("torchvision_resnet18", "torchvision/resnet18", "auto")
    control = registry.entry(f"{name}_shuffled_space_2")
    assert (control.base, control.control, control.draw) == ("torchvision_resnet18", "shuffled_space", 2)


def test_every_network_has_what_torchvisions_weights_say():
    for name in CLASSIFIERS:
        entry = description.complete(registry.entry(f"torchvision/{name}"))
        weights = next(iter(models.get_model_weights(name)))
        (item,) = entry.files
        assert item.url == weights.url
        assert len(item.sha256) >= 8
        assert item.file.endswith(f"-{item.sha256}.pth")
        assert (list(entry.mean), list(entry.std)) == (list(weights.transforms().mean), list(weights.transforms().std))
        assert entry.size == weights.transforms().crop_size[0]
    assert len(CLASSIFIERS) > 70


def test_an_unknown_one_is_named_with_the_nearest():
    with pytest.raises(HighlowError, match="no classification network 'resnet19'; did you mean 'resnet1"):
        description.complete(registry.entry("torchvision/resnet19"))


@pytest.fixture
def published(monkeypatch):
    """Weights of SqueezeNet on a server of this machine, under the name that torchvision would give them."""
    model = random_model("squeezenet1_1")
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    name = f"squeezenet1_1-{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.pth"
    with web_server.serving() as server:
        server.files[f"/models/{name}"] = file.getvalue()
        settings = SimpleNamespace(mean=[0.4, 0.5, 0.6], std=[0.2, 0.25, 0.3], crop_size=[224])
        weights = SimpleNamespace(url=server.address(f"/models/{name}"), transforms=lambda: settings)
        monkeypatch.setattr(models, "get_model_weights", lambda _: [weights])
        yield SimpleNamespace(model=model, name=name, content=file.getvalue(), server=server)


def test_weights_are_downloaded_once_and_give_torchvisions_logits(published):
    image = torch.rand(1, 3, 97, 97, generator=torch.Generator().manual_seed(0))
    own = (image - torch.tensor([0.4, 0.5, 0.6]).view(3, 1, 1)) / torch.tensor([0.2, 0.25, 0.3]).view(3, 1, 1)
    for _ in range(2):
        network = loading.load("torchvision/squeezenet1_1")
        torch.testing.assert_close(network(image), published.model(own), rtol=1e-4, atol=1e-5)
    assert len(published.server.requests) == 1
    assert (weight_files.cache_folder() / published.name).is_file()


@pytest.mark.parametrize("place", ["weights", "torch/hub/checkpoints"])
def test_files_that_are_there_are_not_downloaded(published, place, tmp_path, monkeypatch):
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / published.name).write_bytes(published.content)
    monkeypatch.setenv("HIGHLOW_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("HIGHLOW_WEIGHTS", str(tmp_path / "weights"))
    found, origin = extraction.from_source(registry.entry("torchvision/squeezenet1_1"))
    assert origin.accepted_by == "sha256 (first 8 digits)"
    assert torch.equal(found.weights["features.0"][0], published.model.features[0].weight)


def test_another_file_under_the_name_is_refused(published, tmp_path, monkeypatch):
    monkeypatch.setenv("HIGHLOW_WEIGHTS", str(tmp_path))
    (tmp_path / published.name).write_bytes(published.content[:-1] + b"x")
    with pytest.raises(HighlowError, match="wrong hash"):
        extraction.from_source(registry.entry("torchvision/squeezenet1_1"))


def test_a_graph_comes_back_from_the_weights_file(published, tmp_path):
    entry = registry.entry("torchvision/squeezenet1_1")
    found, _ = extraction.from_source(entry)
    for name in ("first.h5", "second.h5"):
        extracted.write(tmp_path / name, found, entry, provenance.made_from(config={}))
    again = extracted.read(tmp_path / "first.h5")
    assert again.architecture == found.architecture
    assert all(torch.equal(again.weights[name][0], weight) for name, (weight, _) in found.weights.items())
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


def test_torchvisions_file_never_gets_another_preprocessing(tmp_path, monkeypatch):
    """The naming of a file's tensors says whose it is: Keras's VGG-19 does not take torchvision's file."""
    path = tmp_path / "vgg19-dcbb9e9d.pth"
    torch.save({"features.0.weight": torch.zeros(64, 3, 3, 3), "features.0.bias": torch.zeros(64)}, path)
    digits = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setenv("HIGHLOW_WEIGHTS", str(tmp_path))
    entry = Entry("mine", "vgg19", "block3_conv2", files=(WeightFile(path.name, sha256=digits),))
    with pytest.raises(HighlowError, match="these are not weights of architecture 'vgg19'"):
        extraction.from_source(entry)
