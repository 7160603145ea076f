"""How figures show kinds of training runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """Words, colour and marker of a kind of runs; the colours are Okabe and Ito's."""

    words: str
    short: str
    color: str
    marker: str


LOOKS = {
    "photographs": Look("photographs", "photographs", "#0072B2", "o"),
    "dead_leaves": Look("dead leaves", "dead leaves", "#E69F00", "s"),
    "photographs_without_boundary": Look("photographs, no boundary task (control)", "no boundary task", "#009E73", "v"),
    "photographs_random_labels": Look("photographs, random labels (control)", "random labels", "#CC79A7", "^"),
    "dead_leaves_without_boundary": Look("dead leaves, no boundary task", "leaves, no boundary", "#56B4E9", "<"),
    "dead_leaves_random_labels": Look("dead leaves, random labels (control)", "leaves, random labels", "#D55E00", ">"),
}
