"""Weight files of every format."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.compat.proto import types_pb2

from highlow.networks import readers
from highlow.runs.errors import HighlowError
from tests.reference import weight_files
from tests.reference.weight_files import WRITERS, assert_same, const, network, refusal


@pytest.mark.parametrize("file", WRITERS)
def test_every_format_gives_the_same_tensors(tmp_path, file):
    WRITERS[file](tmp_path / file, network())
    assert_same(readers.tensors(tmp_path / file), network())


@pytest.mark.parametrize("file", WRITERS)
def test_the_suffix_may_have_any_case(tmp_path, file):
    path = tmp_path / file.upper()
    WRITERS[file](path, network())
    assert_same(readers.tensors(path), network())


@pytest.mark.parametrize("file", ["new.safetensors", "zip.pth", "legacy.pt", "graph.pb"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_other_floats_become_float32_and_integers_are_left_out(tmp_path, file, dtype):
    values = {"weight": torch.randn(2, 3, 4, 5).to(dtype), "num_batches_tracked": torch.arange(3, dtype=torch.int32)}
    WRITERS[file](tmp_path / file, values)
    assert_same(readers.tensors(tmp_path / file), {"weight": values["weight"].float()})


@pytest.mark.parametrize("file", WRITERS)
def test_values_that_are_not_finite_come_as_they_are(tmp_path, file):
    values = {"conv.weight": torch.full((1, 2, 3, 3), torch.nan), "conv.bias": torch.tensor([-torch.inf])}
    WRITERS[file](tmp_path / file, values)
    found = readers.tensors(tmp_path / file)
    assert found["conv.weight"].isnan().all()
    assert found["conv.bias"].item() == -torch.inf


@pytest.mark.parametrize("name", ["weights.onnx", "weights", "weights.pb.gz"])
def test_an_unknown_suffix_lists_the_known_ones(tmp_path, name):
    (tmp_path / name).touch()
    message = refusal(tmp_path / name)
    for suffix in (".safetensors", ".pth", ".pt", ".pb", ".zip", ".caffemodel"):
        assert suffix in message


@pytest.mark.parametrize("file", WRITERS)
def test_a_missing_file_and_a_folder_are_refused(tmp_path, file):
    assert "no such file" in refusal(tmp_path / file)
    (tmp_path / file).mkdir()
    assert "no such file" in refusal(tmp_path / file)


@pytest.mark.parametrize("file", ["graph.pb", "new.caffemodel", "zip.pth", "graph.zip"])
def test_a_file_that_may_not_be_read_is_refused(tmp_path, file, monkeypatch):
    def forbidden(*arguments, **options):
        raise PermissionError("not allowed")

    WRITERS[file](tmp_path / file, network())
    for method in ("open", "read_bytes"):
        monkeypatch.setattr(Path, method, forbidden)
    assert "permissions" in refusal(tmp_path / file)


@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.parametrize("content", [b"", b"<html>\n<body>404 Not Found</body>\n</html>\n", bytes(300), b"\xff" * 300])
def test_another_kind_of_file_is_refused(tmp_path, file, content):
    (tmp_path / file).write_bytes(content)
    assert "replace it" in refusal(tmp_path / file) or "refused" in refusal(tmp_path / file)


@pytest.mark.parametrize("file", ["new.safetensors", "zip.pth", "graph.pb", "graph.zip"])
def test_a_file_without_float_tensors_is_refused(tmp_path, file):
    WRITERS[file](tmp_path / file, {"steps": torch.arange(3, dtype=torch.int32)})
    assert "no float tensor" in refusal(tmp_path / file)


# Each case is seeded by its number: a truncation, or some bytes changed.
@pytest.mark.parametrize("file", WRITERS)
@pytest.mark.parametrize("first", range(0, 100, 25))
def test_a_damaged_file_gives_an_error_or_tensors(tmp_path, file, first):
    path = tmp_path / file
    WRITERS[file](path, network())
    whole = path.read_bytes()
    errors = 0
    for case in range(first, first + 25):
        generator = random.Random(case)
        damaged = bytearray(whole)
        if case % 3 == 0:
            del damaged[generator.randrange(len(whole)) :]
        else:
            # Most structure is at the start; the rest is numbers, where a changed byte is a valid file.
            end = min(200, len(whole)) if case % 3 == 1 else len(whole)
            for _ in range(generator.randint(1, 4)):
                damaged[generator.randrange(end)] ^= generator.randint(1, 255)
        path.write_bytes(damaged)
        try:
            found = readers.tensors(path)
        except HighlowError as error:
            errors += 1
            assert "\n" not in str(error)
            assert str(error).startswith(f"{path}: ")
        else:
            assert all(values.dtype == torch.float32 for values in found.values())
    assert errors > 0


def test_parameters_lose_their_gradient(tmp_path):
    parameter = torch.nn.Parameter(torch.arange(6.0).view(2, 3))
    torch.save({"weight": parameter}, tmp_path / "weights.pt")
    assert_same(readers.tensors(tmp_path / "weights.pt"), {"weight": parameter.detach()})


@pytest.mark.parametrize("zipped", [True, False])
def test_no_warning_of_pytorch_comes_through(tmp_path, zipped):
    path, values = tmp_path / "weights.pt", {"weight": torch.ones(2)}
    torch.save(values, path, pickle_protocol=3, _use_new_zipfile_serialization=zipped)
    with pytest.warns(UserWarning, match="pickle protocol 3"):
        torch.load(path, weights_only=True)
    assert_same(readers.tensors(path), values)


def test_views_become_contiguous(tmp_path):
    values = torch.arange(24.0).view(2, 3, 4).permute(2, 0, 1)
    torch.save({"weight": values}, tmp_path / "weights.pt")
    assert_same(readers.tensors(tmp_path / "weights.pt"), {"weight": values})


@pytest.mark.parametrize(
    "kind,field,code",
    [
        (types_pb2.DT_FLOAT, "float_val", np.float32),
        (types_pb2.DT_DOUBLE, "double_val", np.float64),
        (types_pb2.DT_HALF, "half_val", np.float16),
    ],
)
def test_constants_with_typed_numbers(tmp_path, kind, field, code):
    numbers = np.array([0.5, -1.25, 3.0, 0.0625, 2.0, -7.0], dtype=code)
    stored = numbers.view(np.uint16) if field == "half_val" else numbers
    path = tmp_path / "graph.pb"
    path.write_bytes(const(stored.tolist(), (2, 3), kind, field=field))
    expected = torch.from_numpy(numbers.reshape(2, 3).T.astype(np.float32))
    assert_same(readers.tensors(path), {"constant": expected})
    path.write_bytes(const(stored[:1].tolist(), (4,), kind, field=field))
    assert_same(readers.tensors(path), {"constant": torch.full((4,), 0.5)})


def test_constants_of_other_shapes_keep_their_axes_and_numbers_alone_are_left_out(tmp_path):
    values = torch.randn(2, 3, 4)
    weight_files.write_graphdef(tmp_path / "graph.pb", {"three": values, "alone": torch.tensor(1.0)})
    assert_same(readers.tensors(tmp_path / "graph.pb"), {"three": values})


def test_caffe_layers_without_a_bias_and_of_vectors(tmp_path):
    layers = {"conv": (torch.randn(4, 1, 3, 2), None), "scale": (torch.randn(4), torch.randn(4))}
    expected = {"conv.weight": layers["conv"][0], "scale.weight": layers["scale"][0], "scale.bias": layers["scale"][1]}
    weight_files.write_caffemodel(tmp_path / "new.caffemodel", layers, old=False)
    assert_same(readers.tensors(tmp_path / "new.caffemodel"), expected)


def test_caffe_doubles(tmp_path):
    weight = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    weight[0, 0, 0, 0] = 1e300  # beyond float32
    weight_files.write_caffemodel(tmp_path / "a.caffemodel", {"conv": (weight, weight[:, 0, 0, 1])}, old=False)
    expected = {"conv.weight": weight.float(), "conv.bias": weight[:, 0, 0, 1].float()}
    assert_same(readers.tensors(tmp_path / "a.caffemodel"), expected)


def test_caffe_models_upgraded_from_v1_keep_its_shapes(tmp_path):
    weight, bias = torch.randn(5, 6), torch.randn(5)
    blobs = [weight_files.old_blob(values.shape, values) for values in (weight, bias)]
    (tmp_path / "a.caffemodel").write_bytes(weight_files.new_layer("fc", "InnerProduct", blobs))
    assert_same(readers.tensors(tmp_path / "a.caffemodel"), {"fc.weight": weight, "fc.bias": bias})


def test_caffe_batch_normalization_is_left_out(tmp_path):
    vector = torch.ones(3)
    norm = weight_files.new_layer("norm", "BatchNorm", [weight_files.new_blob((3,), vector)] * 3)
    path = tmp_path / "a.caffemodel"
    path.write_bytes(norm + weight_files.new_layer("scale", "Scale", [weight_files.new_blob((3,), vector)]))
    assert_same(readers.tensors(path), {"scale.weight": vector})
    path.write_bytes(norm)
    assert "no float tensor" in refusal(path)


@pytest.mark.parametrize("shape", [(3,), (-2, -1), (1, 0), (), (1,) * 32 + (2,), (2**40, 2**40)])
def test_a_wrong_caffe_shape_names_the_layer(tmp_path, shape):
    path = tmp_path / "a.caffemodel"
    blob = weight_files.new_blob(shape, torch.ones(2))
    path.write_bytes(weight_files.new_layer("line\nbreak", "Convolution", [blob]))
    assert r"layer 'line\nbreak' has 2 numbers" in refusal(path)


@pytest.mark.parametrize("shape", [(-1, -1, 1, 2), (1, 1, 1, 3)])
def test_a_wrong_old_caffe_shape_names_the_layer(tmp_path, shape):
    path = tmp_path / "a.caffemodel"
    blob = weight_files.old_blob(shape, torch.ones(2))
    path.write_bytes(weight_files.new_layer("conv", "Convolution", [blob]))
    assert "layer 'conv' has 2 numbers" in refusal(path)


def test_a_caffe_name_that_is_no_text_is_refused(tmp_path):
    layer = weight_files.new_layer("conv", "Convolution", [weight_files.new_blob((2,), torch.ones(2))])
    (tmp_path / "a.caffemodel").write_bytes(layer.replace(b"conv", b"co\xffv"))
    assert "not a Caffe model" in refusal(tmp_path / "a.caffemodel")


def test_two_caffe_layers_of_one_name_are_refused(tmp_path):
    layer = weight_files.new_layer("conv", "Convolution", [weight_files.new_blob((2,), torch.ones(2))])
    (tmp_path / "a.caffemodel").write_bytes(layer * 2)
    assert "two tensors have the name 'conv.weight'" in refusal(tmp_path / "a.caffemodel")


@pytest.mark.slow
def test_a_format_imports_what_it_needs_only(tmp_path):
    weight_files.write_safetensors(tmp_path / "a.safetensors", network())
    code = (
        "import sys, pathlib; from highlow.networks import readers; readers.tensors(pathlib.Path(sys.argv[1])); "
        "sys.exit('tensorboard' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "a.safetensors"], check=False).returncode == 0
