"""The scorecard's rows of experiments: those of the intact network, and what its controls have instead."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from highlow.circuits.scorecard import COLUMNS, Claim
from highlow.storage import table_files

INTACT = "intact"


def claims_of(experiment: str, table: pd.DataFrame, seed: int) -> dict[str, list[Claim]]:
    """Return the claims of an experiment by variant, in the order of its table."""
    module = importlib.import_module(f"highlow.experiments.{experiment}.claims")
    variants = dict.fromkeys(table["variant"])
    return {variant: module.claims(table[table["variant"] == variant], seed) for variant in variants}


def with_experiments(
    controls: Iterable[tuple[str, str]], tables: Mapping[str, str], seed: int
) -> tuple[list[Claim], dict[str, list[pd.DataFrame]]]:
    """Return the claims of the intact network, and the controls' scorecards with their rows of the same experiments.

    Parameters
    ----------
    controls : iterable of (str, path)
        Scorecards of the network's controls (TSV) by what is destroyed, in the order of the draws.
    tables : mapping
        Tables of the experiments (TSV), by name; the column `variant` says which network a row is of.
    seed : int
        Of the bootstraps.

    Raises
    ------
    HighlowError
        If a table is missing or damaged.
    """
    found: list[Claim] = []
    rows: dict[str, list[Claim]] = {}
    for experiment, path in tables.items():
        for variant, claims in claims_of(experiment, table_files.read(path, ("variant",)), seed).items():
            located = [replace(claim, file=f"tables/{experiment}.tsv") for claim in claims]
            (found if variant == INTACT else rows.setdefault(variant, [])).extend(located)
    extended: dict[str, list[pd.DataFrame]] = {}
    for kind, path in controls:
        cards = extended.setdefault(kind, [])
        variant = f"{kind}_{len(cards)}" if cards else kind
        cards.append(_extended(table_files.read(path, COLUMNS[:1]), rows.get(variant, [])))
    return found, extended


def _extended(card: pd.DataFrame, claims: Sequence[Claim]) -> pd.DataFrame:
    if not claims:
        return card
    added = pd.DataFrame([claim.row() for claim in claims])[list(COLUMNS)]
    return pd.concat([card, added.assign(value=pd.to_numeric(added["value"]))], ignore_index=True)
