"""When the claims of experiments hold."""

import numpy as np
import pytest

from highlow.experiments.judged import Limit, judged


@pytest.mark.parametrize(
    ("limit", "estimate", "holds"),
    [
        (Limit("at least", 0.5), (0.6, 0.5, 0.7), True),
        (Limit("at least", 0.5), (0.6, 0.49, 0.7), False),
        (Limit("at least", 0.5, of_interval=False), (0.5, 0.1, 0.7), True),
        (Limit("at least", 0.5, of_interval=False), (0.49, 0.1, 0.7), False),
        (Limit("at most", 15), (10.0, 5.0, 15.0), True),
        (Limit("at most", 15), (10.0, 5.0, 15.1), False),
        (Limit("above", 0), (0.2, 0.01, 0.3), True),
        (Limit("above", 0), (0.2, 0.0, 0.3), False),
        (Limit("above", 0), (np.nan,) * 3, None),
    ],
)
def test_a_number_or_all_of_its_interval_keeps_the_limit(limit, estimate, holds):
    claim = judged("something", estimate, limit, section="Function", reason="why")
    assert claim.holds is holds
    assert claim.interval == (None if holds is None else estimate[1:])
    assert judged("", estimate, limit, section="", reason="", measurable=False).holds is None


def test_the_claim_says_its_statistic_and_its_limit():
    least = Limit("at least", 0.5, of_interval=False)
    claim = judged("a share", (0.6, 0.5, 0.7), least, section="Usage", reason="half", statistic="median")
    assert (claim.text, claim.limit) == ("a share (median, at least 0.5)", "at least 0.5")
    assert (claim.section, claim.reason) == ("Usage", "half")
    assert (
        judged("a share", (0.6, 0.5, 0.7), Limit("above", 0), section="", reason="").text
        == "a share (interval above 0)"
    )
