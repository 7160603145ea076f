"""A few inputs of every reader; `python -m tests.fuzz` reads many."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import guard
from tests.fuzz.target import outcome
from tests.fuzz.targets import TARGETS

INPUTS = int(os.environ.get("HIGHLOW_FUZZ_INPUTS", "200"))
EACH = settings(
    max_examples=-(-INPUTS // len(TARGETS)),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_an_input_is_read_or_refused_and_nothing_else_happens(target, tmp_path_factory):
    folder = tmp_path_factory.mktemp("input")

    @EACH
    @given(st.randoms(use_true_random=True))
    def read_some(generator):
        assert outcome(target, folder / target.file, target.make(generator)) in ("accepted", "refused")

    read_some()


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: (folder / "x").write_text("x"),
        lambda folder: (folder / "x").mkdir(),
        lambda folder: os.system("true"),
        lambda folder: os.posix_spawn("/bin/true", ["true"], {}),
        lambda folder: os.open(folder / "x", os.O_CREAT | os.O_WRONLY),
        lambda folder: __import__("socket").create_connection(("127.0.0.1", 9)),
        lambda folder: __import__("pickle").loads(b"cos\nsystem\n."),
    ],
)
def test_the_guard_sees_what_it_looks_for(act, tmp_path):
    # A reader may catch it: it is seen all the same.
    with pytest.raises(guard.NotAllowedError), guard.watched(5), contextlib.suppress(BaseException):
        act(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_guard_ends_what_takes_too_long():
    with pytest.raises(guard.TooSlowError), guard.watched(0.1):
        while True:
            pass


def test_the_guard_lets_files_be_read(tmp_path):
    (tmp_path / "x").write_text("x")
    with guard.watched(5):
        assert Path(tmp_path / "x").read_text() == "x"
