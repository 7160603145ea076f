"""How long a run takes: what is said before it, and while it goes on."""

import csv
import logging
from pathlib import Path

import pytest

from highlow.runs import waiting
from highlow.runs.waiting import Step
from tests.conftest import REPOSITORY


def row(rule, network, seconds, source="benchmark"):
    return {"rule": rule, "network": network, "seconds": seconds, "memory_from": source}


ROWS = [
    *(row("scan", "a", "10"), row("scan", "b", "20"), row("scan", "-", "999", "planned")),
    *(row("draw", "a", ""), row("draw", "b", "2")),
]
# A chain of three, and three jobs beside it.
STEPS = [Step(0, 5, []), Step(1, 5, [0]), Step(2, 5, [1]), *(Step(number, 3, []) for number in (3, 4, 5))]


def test_the_networks_own_times_count_else_the_mean_of_others_and_no_plan():
    assert waiting.expected_seconds(ROWS, "scan", "a") == 10
    assert waiting.expected_seconds(ROWS, "scan", "c") == 15
    assert waiting.expected_seconds(ROWS, "draw", "a") == 2
    assert waiting.expected_seconds(ROWS, "mine", "a") == 10  # the median of 10, 20 and 2


def test_the_table_of_times_can_be_read():
    with (REPOSITORY / "workflow/resources.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert waiting.expected_seconds(rows, "list_images", "-") < 60  # 240 are planned
    assert waiting.expected_seconds(rows, "visualize_features", "googlenet") == pytest.approx(47.2, rel=0.9)


@pytest.mark.parametrize(("cores", "seconds"), [(1, 24), (2, 15), (64, 15)])
def test_jobs_share_the_cores_and_wait_for_what_they_need(cores, seconds):
    assert waiting.span(STEPS, cores) == seconds


def test_what_has_ended_is_not_waited_for():
    assert waiting.span(STEPS[1:3], 2) == 10
    assert waiting.span([], 2) == 0


def test_the_slowness_of_a_machine_is_that_of_its_work(monkeypatch):
    ticks = iter(range(1000))
    monkeypatch.setattr(waiting.time, "perf_counter", lambda: next(ticks))
    assert waiting.slowness() == pytest.approx(1 / waiting.REFERENCE_SECONDS)


@pytest.mark.parametrize(
    ("jobs", "seconds", "said"),
    [
        (1, 20, "1 job, less than a minute on this machine"),
        (2, 60, "2 jobs, about 1 to 2 minutes on this machine"),
        (107, 300, "107 jobs, about 3 to 6 minutes on this machine"),
        (500, 5 * 3600, "500 jobs, about 3 to 6 hours on this machine"),
    ],
)
def test_the_first_line_says_how_many_jobs_and_a_span_of_time(jobs, seconds, said):
    assert waiting.start_line(jobs, seconds) == said
    assert waiting.start_line(jobs, seconds, ["the layers are scanned", "the images are listed"]) == (
        f"{said}; how much more is known once the layers are scanned and the images are listed"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (59, "less than a minute left"),
        (61, "about 1 minute left"),
        (600, "about 10 minutes left"),
        (7200, "about 2 hours left"),
    ],
)
def test_what_is_left_is_said_in_words(seconds, said):
    assert waiting.left_line(seconds) == said


def test_what_was_seen_corrects_what_is_left():
    assert waiting.left_seconds(0, 0, 100) == 100
    assert waiting.left_seconds(100, 100, 50) == 50
    assert waiting.left_seconds(970, 470, 50) == 100


def test_a_page_is_named_with_an_address_that_browsers_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = Path("a b/index.html")
    assert waiting.page_line(page) == (
        f"The page is a b/index.html; open it in a browser: {tmp_path.resolve().as_uri()}/a%20b/index.html"
    )


@pytest.fixture
def run(monkeypatch):
    """Return a logger with the handler, what it says, and a function that sets the clock."""
    now = [0.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    said = []
    steps = [Step(number, 60, []) for number in range(10)]
    logger = logging.Logger("run")
    logger.addHandler(waiting.Remaining(lambda: steps, 1, said.append))

    def end(number, seconds, total=10):
        now[0] += seconds
        logger.info("", extra={"event": "job_finished", "job_id": number})
        logger.info("", extra={"event": "progress", "done": number + 1, "total": total})

    return logger, said, end, steps


def test_each_progress_says_what_is_left_and_the_last_one_nothing(run):
    logger, said, end, _ = run
    logger.info("something else")
    for number in range(10):
        end(number, 60)
    assert said == [*(f"about {left} minutes left" for left in range(9, 1, -1)), "about 1 minute left"]


def test_a_slow_machine_is_believed_more_the_longer_it_is_seen(run):
    _, said, end, _ = run
    for number in range(5):
        end(number, 180)
    # Nine minutes at first sight, times (180 + 30) / (60 + 30); at last five, times (900 + 30) / (300 + 30).
    assert said[0] == "about 21 minutes left"
    assert said[-1] == "about 14 minutes left"


def test_jobs_that_turn_up_during_the_run_count(run):
    _, said, end, steps = run
    end(0, 60)
    steps.extend(Step(number, 60, []) for number in range(10, 20))
    end(1, 60, total=20)
    assert said == ["about 9 minutes left", "about 18 minutes left"]
