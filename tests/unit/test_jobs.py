"""How a job's command becomes words, and what a figure's entry says."""

from types import SimpleNamespace

import pytest

from highlow.figures.declaration import Figure
from highlow.runs.errors import HighlowError
from highlow.runs.jobs import Job, in_turn

WILDCARDS = SimpleNamespace(network="planted", layer="mixed3a")
INPUT = SimpleNamespace(weights="weights.h5", responses=["a b.h5", "c;d.h5"], none=[])
OUTPUT = SimpleNamespace(file="out.h5")


def words(command, **params):
    return Job("", {}, command, params=params).words(WILDCARDS, INPUT, OUTPUT)


def test_a_value_is_one_word_whatever_stands_in_it_and_a_list_is_a_word_an_item():
    assert words("run.py --weights {input.weights} --layer {wildcards.layer} -- {input.responses} {output.file}") == [
        *("run.py", "--weights", "weights.h5", "--layer", "mixed3a"),
        *("--", "a b.h5", "c;d.h5", "out.h5"),
    ]
    assert words("run.py {params.x}", x="{input.weights} $(rm) 'a'") == ["run.py", "{input.weights} $(rm) 'a'"]
    assert words("run.py --x={params.x}", x="a {b} c") == ["run.py", "--x=a {b} c"]
    assert words("run.py --none {input.none} --number {params.x}", x=0) == ["run.py", "--none", "--number", "0"]


def test_params_are_values_or_functions_of_what_they_name():
    assert words("a {params.x}", x=lambda wildcards: wildcards.network) == ["a", "planted"]
    assert words("a {params.x}", x=lambda wildcards, input: input.responses) == ["a", *INPUT.responses]
    assert words("a {params.x}", x=lambda wildcards, output: output.file) == ["a", "out.h5"]


def test_params_that_the_command_does_not_name_are_not_asked_for():
    def never(wildcards):
        raise AssertionError

    assert words("a {params.x}", x=1, other=never) == ["a", "1"]
    with pytest.raises(KeyError):
        words("a {params.missing}")


def test_what_a_job_does_is_recorded_apart_from_its_files():
    job = Job("", {}, "run.py {input.weights} --variations 6")
    assert job.template(WILDCARDS) == "run.py {input.weights} --variations 6"
    assert job.programs == ["run.py"]


def test_several_programs_in_turn_are_one_command():
    job = Job("", {}, in_turn("first.py {input.weights}", "second.py --variations 6"))
    assert job.programs == ["run_in_turn.py", "first.py", "second.py"]
    assert job.words(WILDCARDS, INPUT, OUTPUT) == [
        *("run_in_turn.py", "first.py", INPUT.weights, "--then", "second.py", "--variations", "6")
    ]


def test_a_figure_names_the_files_of_its_lists():
    files = {"detectors": "d.tsv", "factors": ["a.h5", "b.h5"]}
    figure = Figure({}, lists=lambda network: [f"{network}_first", "second"])
    assert figure.roles(WILDCARDS, files) == [
        "detectors=d.tsv",
        "factors:planted_first=a.h5",
        "factors:second=b.h5",
    ]
    with pytest.raises(HighlowError, match="'factors' is a list: say in `lists`"):
        Figure({}).roles(WILDCARDS, files)
