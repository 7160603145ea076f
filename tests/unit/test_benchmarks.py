"""The benchmarks: the harness on a toy task in processes of its own, what is counted, and the report."""

import json

import numpy as np
import pytest
from benchmarks import counting, growth, harness, report

from highlow.networks.architectures import architecture
from tests.conftest import REPOSITORY

HERE = "tests.unit.test_benchmarks:"
FIXTURE = REPOSITORY / "tests" / "reference" / "benchmark_results"


def doubled(settings):
    """A side of the toy task."""
    print("what libraries print disturbs nothing")
    return lambda: (2, np.arange(settings["count"]) * 2, {"half": 0.5})


def added(settings):
    return lambda: (2, np.arange(settings["count"]) + np.arange(settings["count"]))


def wrong(settings):
    return lambda: (2, np.arange(settings["count"]) * 2.1)


def broken(settings):
    raise ValueError("no such program")


def toy(*sides):
    shown = {"count": 5, "scratch": "/a/folder", "quick": True}
    check = lambda values: harness.same(values, 1e-6, "numbers")  # noqa: E731
    return harness.Task("toy", "doubling", "number", sides, check, shown, repeats=2)


@pytest.fixture(scope="module")
def result():
    said = []
    sides = [harness.Side("highlow", f"{HERE}doubled"), harness.Side("adding", f"{HERE}added", note="adds")]
    found = harness.run(toy(*sides, harness.Side("broken", f"{HERE}broken")), said.append)
    return found | {"said": said}


def test_sides_run_in_turns_and_are_compared(result):
    ours, other = result["sides"]["highlow"], result["sides"]["adding"]
    assert (ours["runs"], ours["items"], other["runs"]) == (2, 2, 2)
    assert 0 < ours["fastest_each"] <= ours["seconds_each"] <= ours["slowest_each"]
    assert ours["memory_mb"] > 1
    assert ours["parts"] == {"half": 0.5}
    assert list(harness.ratios(result)) == ["adding"]
    assert result["check"] == {"text": "numbers differ by at most 0.0e+00 of the largest", "value": 0.0, "passed": True}


def test_a_side_that_fails_is_told_and_left_out(result):
    assert result["sides"]["broken"]["failed"] == "ValueError: no such program"
    assert "broken failed" in result["said"][0]


def test_no_folder_of_this_machine_is_written(result):
    assert result["settings"] == {"count": 5, "quick": True}
    assert str(REPOSITORY) not in json.dumps(result | {"said": []})


def test_other_numbers_are_not_the_same():
    sides = [harness.Side("highlow", f"{HERE}doubled"), harness.Side("wrong", f"{HERE}wrong")]
    found = harness.run(toy(*sides), print)
    assert not found["check"]["passed"]
    assert "NOT THE SAME" in harness.line(found)


def test_a_result_is_a_file(result, tmp_path):
    path = harness.write({name: value for name, value in result.items() if name != "said"}, tmp_path)
    assert report.read(tmp_path)["toy"] == json.loads(path.read_text())


def test_operations_are_those_of_the_convolutions():
    graph = architecture("inceptionv1_selfsup")
    found = counting.needs(graph, "conv2d1", 224)
    first, second = 112**2 * 64 * 3 * 7 * 7, 56**2 * 64 * 64
    assert found.operations == 2 * (first + second)
    assert found.weights == 4 * (64 * 3 * 49 + 64 * 64)
    assert found.ends == 4 * (3 * 224**2 + 64 * 56**2)


def test_one_position_needs_what_it_sees():
    graph = architecture("inceptionv1_selfsup")
    # conv2d1 is 1x1 behind a pool of 3: one position of it, nine of conv2d0.
    found = counting.needs(graph, "conv2d1", 224, 20)
    assert found.operations == 2 * (9 * 64 * 3 * 49 + 64 * 64)


def test_composing_weights_is_counted_along_the_path():
    graph = architecture("inceptionv1_selfsup")
    # One step through 3x3 taps over a 1x1 bottleneck.
    count, _ = counting.composition(graph, "maxpool1", "mixed3a_3x3")
    assert count == 2 * 128 * 128 * 96 * 9 + 2 * 128 * 9 * 96 * 192


def test_an_exponent_is_that_of_the_power():
    sizes = [10, 20, 80]
    assert growth.exponent(sizes, [3 * size**1.5 for size in sizes]) == pytest.approx(1.5)


def test_the_report_is_written_between_its_marks(tmp_path):
    page, plot = tmp_path / "performance.md", tmp_path / "performance"
    page.write_text(f"# Title\n\n{report.START}\nwritten before\n{report.END}\n\nbehind\n")
    report.write(FIXTURE, page, plot)
    text = page.read_text()
    assert text.startswith(f"# Title\n\n{report.START}\nMeasured on A Processor (avx2), 2 cores")
    assert text.endswith(f"{report.END}\n\nbehind\n")
    assert "written before" not in text
    assert "| other, peer 1.2 | 40.0 ms | 20 |  |" in text
    assert "faster in 1 of 2 comparisons" in text
    assert "slower than scikit-learn's NMF (factors), which takes 0.50 of its time" in text
    assert "did not run: it needs a / b" in text
    assert "convolution 60%, pooling 30%" in text
    assert "| images: a search | 10, 100 | 1.00 s, 10.0 s | 1.00 | 100, 100 MB | 0.00 |" in text
    assert "No GPU was at hand" in text
    assert plot.with_suffix(".svg").stat().st_size > 1000
    first = plot.with_suffix(".svg").read_bytes()
    report.write(FIXTURE, page, plot)
    assert page.read_text() == text
    assert plot.with_suffix(".svg").read_bytes() == first


def test_a_page_without_marks_is_an_error(tmp_path):
    page = tmp_path / "performance.md"
    page.write_text("# Title\n")
    with pytest.raises(SystemExit, match="lacks the marks"):
        report.write(FIXTURE, page, tmp_path / "performance")
