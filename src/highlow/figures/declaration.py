"""How a figure is declared: what it is drawn from, and by which settings. Imports neither matplotlib nor numpy."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from highlow.networks.study import Study
from highlow.runs.errors import HighlowError

# What nearly every figure says of itself.
STUDIED = ("title", "layer")


@dataclass(frozen=True)
class Figure:
    """An entry in the table of figures.

    Attributes
    ----------
    inputs : mapping
        Files that it is drawn from, or functions of the wildcards that return them, by the role they play in `draw`.
    settings : sequence of str, or mapping
        Names of the values that it is drawn by, as in `setting_values`, or the values: its cache key.
    of : callable
        Whether a network has it.
    lists : callable, optional
        From a network to the names of the files of an input that is a list, as its source layers.
    facts : sequence of str
        Files in the repository that it reads beside its inputs.
    drawn_by : str
        Module of `highlow.figures`, if not of the figure's own name.
    folder : str
        Folder of `results/` that it belongs to.
    networks : str
        Pattern of the networks for which it can be drawn.
    """

    inputs: Mapping[str, Any]
    settings: Sequence[str] | Mapping[str, str] = STUDIED
    of: Callable[[str], bool] = lambda network: True
    lists: Callable[[str], Sequence[str]] | None = None
    facts: Sequence[str] = ()
    drawn_by: str = ""
    folder: str = "{network}"
    networks: str = ""

    def settings_of(self, study: Study) -> Callable[[Any], str] | str:
        """Return the values that it is drawn by as JSON; of a network's figure, as a function of the wildcards."""
        if isinstance(self.settings, Mapping):
            return json.dumps(self.settings)
        names = self.settings

        def settings(wildcards: Any) -> str:
            values = setting_values(study, wildcards.network)
            return json.dumps({name: values[name] for name in names})

        return settings

    def roles(self, wildcards: Any, input: Any) -> list[str]:
        """Return its inputs as ROLE=PATH; the files of a list as ROLE:NAME=PATH."""
        words = []
        for role, paths in input.items():
            if isinstance(paths, str):
                words.append(f"{role}={paths}")
                continue
            if self.lists is None:
                raise HighlowError(f"a figure's input {role!r} is a list: say in `lists` what its files are called")
            names = self.lists(wildcards.network)
            words += [f"{role}:{name}={path}" for name, path in zip(names, paths, strict=True)]
        return words


def setting_values(study: Study, network: str) -> dict[str, Any]:
    """Return every value that a figure of a network can be drawn by."""
    return {
        "title": study.entry(network).title or network,
        "layer": study.layer(network),
        "branch": study.branch(network),
        "downstream": study.entry(network).downstream,
        "seed": study.config["seed"],
        "units": study.units_of(network),
        "pattern_size": study.pattern_size(network),
        "network": network,
        "titles": study.titles(study.compared(network)),
    }
