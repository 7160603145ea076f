"""One table of an experiment: what it measured in the intact network and in each of its controls."""

import importlib
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from highlow.experiments.claimed import INTACT
from highlow.experiments.subject import Subject


def measured(
    experiment: str, subjects: Iterable[Subject], seed: int, given: Mapping[str, Any], of_intact: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what an experiment measures of some networks, with the column `variant` first.

    Parameters
    ----------
    experiment : str
        Folder of `highlow.experiments`.
    subjects : iterable of Subject
        The network and its controls.
    seed : int
        Of what is drawn at random.
    given, of_intact : mapping
        What it takes beside: of every network, and of the intact one alone.
    """
    measure = importlib.import_module(f"highlow.experiments.{experiment}.measurement").measure
    tables = []
    for subject in subjects:
        found: pd.DataFrame = measure(subject, seed, **given, **(of_intact if subject.variant == INTACT else {}))
        found.insert(0, "variant", subject.variant)
        tables.append(found)
    return pd.concat(tables, ignore_index=True)
