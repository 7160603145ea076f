"""What several commands can be asked, their examples, and how words are completed."""

from collections.abc import Iterable
from typing import Annotated

import typer

from highlow.networks import registry
from highlow.studied.defaults import SMALLEST

GRID, HOW, OUTPUT = "Stimuli", "How it is computed", "Output"


def examples(*shown: tuple[str, str]) -> str:
    """Return the end of a command's help: commands, and what each is for."""
    lines = [f"  {command.replace('[', chr(92) + '[')}\n      {what}" for command, what in shown]
    return "Examples:\n" + "\n".join(lines)


def unwrapped(text: str | None) -> str:
    """Return the paragraphs of a docstring, each as one line: the terminal wraps them."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (text or "").split("\n\n"))


def known_networks(incomplete: str) -> Iterable[str]:
    """Yield the registered networks that a word may become."""
    return (name for name in registry.shipped() if name.startswith(incomplete))


NetworkName = Annotated[
    str, typer.Argument(metavar="NETWORK", help="A name that `highlow networks` knows.", autocompletion=known_networks)
]
AnyNetwork = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK",
        help="A name that `highlow networks` knows, `torchvision/NAME`, or FILE.py:FUNCTION that returns a module.",
        autocompletion=known_networks,
    ),
]
WeightsDir = Annotated[
    str, typer.Option(metavar="FOLDER", help="Folder of weight files to look into first, else $HIGHLOW_WEIGHTS.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead.", rich_help_panel=OUTPUT)]
Branch = Annotated[str, typer.Option(metavar="NAME", help="Branch of the layer whose units get a verdict, e.g. 3x3.")]
Source = Annotated[str, typer.Option(metavar="LAYER", help="Earlier layer that the factors combine, e.g. maxpool1.")]
Orientations = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=SMALLEST["orientations"],
        help="Orientations from 0° to 360°, both included.",
        rich_help_panel=GRID,
    ),
]
Ratios = Annotated[
    int,
    typer.Option(
        metavar="N", min=SMALLEST["ratios"], help="Frequency ratios from 1 to 10, logarithmic.", rich_help_panel=GRID
    ),
]
Phases = Annotated[
    int,
    typer.Option(
        metavar="N", min=SMALLEST["phases"], help="Phases of the patterns, averaged over.", rich_help_panel=GRID
    ),
]
PatternSize = Annotated[
    float | None,
    typer.Option(
        metavar="PIXELS",
        help="Size of the patterns, px; else 60/43 of the branch's receptive field.",
        rich_help_panel=GRID,
        show_default=False,
    ),
]
Seeds = Annotated[
    int,
    typer.Option(metavar="N", min=SMALLEST["seeds"], help="Random starts of the factorization.", rich_help_panel=HOW),
]
Seed = Annotated[
    int,
    typer.Option(metavar="N", min=SMALLEST["seed"], help="Seed of every random number.", rich_help_panel=HOW),
]
Device = Annotated[
    str, typer.Option(metavar="NAME", help="auto, cpu, cuda or mps.", rich_help_panel=HOW, envvar="HIGHLOW_DEVICE")
]
Threads = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=SMALLEST["threads"],
        help="Threads on the CPU; with 1 the numbers are the pipeline's own.",
        rich_help_panel=HOW,
    ),
]
Weights = Annotated[
    str, typer.Option(metavar="FILE", help="Checkpoint for the module.", rich_help_panel="A module of your own")
]
Arguments = Annotated[
    str,
    typer.Option(
        metavar="JSON",
        help="What its function is called with, e.g. '{\"depth\": 18}'.",
        rich_help_panel="A module of your own",
    ),
]
Size = Annotated[
    int,
    typer.Option(
        metavar="PIXELS",
        min=0,
        help="Images that it was made for, px; else 224.",
        rich_help_panel="A module of your own",
        show_default=False,
    ),
]
Mean = Annotated[
    str,
    typer.Option(
        metavar="R,G,B",
        help="What the module wants subtracted from RGB in 0 to 1; else what it says, or ImageNet's.",
        rich_help_panel="A module of your own",
    ),
]
Std = Annotated[
    str,
    typer.Option(metavar="R,G,B", help="What it wants it divided by.", rich_help_panel="A module of your own"),
]
