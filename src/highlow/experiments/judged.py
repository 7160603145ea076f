"""Claims of experiments: a number with its interval, and the limit that it keeps or not. Imports no PyTorch."""

import operator
from dataclasses import dataclass

import numpy as np

from highlow.circuits.scorecard import Claim

RELATIONS = {"at least": operator.ge, "at most": operator.le, "above": operator.gt}


@dataclass(frozen=True)
class Limit:
    """What a number has to be, `relation` to `value`; `of_interval`: all of its interval has to."""

    relation: str
    value: float
    of_interval: bool = True

    def __str__(self) -> str:
        return f"{'interval ' if self.of_interval else ''}{self.relation} {self.value:g}"

    def kept(self, value: float, low: float, high: float) -> bool:
        """Return whether a number with its interval keeps the limit."""
        end = high if self.relation == "at most" else low
        return bool(RELATIONS[self.relation](end if self.of_interval else value, self.value))


def judged(
    text: str,
    estimate: tuple[float, float, float],
    limit: Limit,
    *,
    section: str,
    reason: str,
    statistic: str = "",
    measurable: bool = True,
) -> Claim:
    """Return a claim; it could not be measured where it is not `measurable`, or its number is nan.

    Parameters
    ----------
    text : str
        What is claimed; the statistic and the limit are added in brackets.
    estimate : (float, float, float)
        A number and the ends of its interval.
    limit : Limit
        When the claim holds.
    section, reason : str
        The part of the article that it is about, and why the limit stands there.
    statistic : str
        What the number is over units or scenes, e.g. `median`.
    measurable : bool
        Whether the network has what the claim is about.
    """
    value, low, high = estimate
    known = measurable and bool(np.isfinite(value))
    return Claim(
        f"{text} ({', '.join(filter(None, (statistic, str(limit))))})",
        value,
        limit.kept(value, low, high) if known else None,
        (low, high) if known else None,
        section=section,
        limit=str(limit),
        reason=reason,
    )
