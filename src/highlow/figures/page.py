"""The article page: a text that follows the results, with every figure, its numbers and what it was made from."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import yaml
from markupsafe import Markup, escape
from PIL import Image

from highlow.circuits.scorecard import COLUMNS, NOTES
from highlow.figures import page_numbers
from highlow.figures.page_readings import readings
from highlow.networks.registry import CONTROLS, Entry
from highlow.runs.errors import HighlowError
from highlow.storage import checksums, table_files

# A drawing with more than this in it (pictures, mostly) opens slowly: its PNG is shown, and the SVG a click away.
LARGEST_SHOWN_SVG = 400_000
HERO = "hero"
SUFFIXES = (".svg", ".png", ".tsv")
NO_WORDS: dict[str, Any] = {"title": "", "lead": "", "alt": "", "claims": (), "method": ""}
FURTHER: dict[str, Any] = {"key": "further", "title": "Further figures", "text": "", "figures": {}}
DETECTOR_COLUMNS = {
    "unit": "{:d}",
    "branch": "{}",
    "score": "{:.2f}",
    "preferred_orientation_deg": "{:.0f}",
    "weight_orientation_deg": "{:.0f}",
    "hf_lf_map_correlation": "{:.2f}",
    "map_antisymmetry": "{:.2f}",
}


@dataclass(frozen=True)
class Figure:
    """A figure as the page shows it.

    Attributes
    ----------
    name : str
        Name of its target.
    shown : str
        Suffix of the file that the page shows, `.svg` or `.png`.
    size : (int, int)
        Width and height of the PNG, pixels.
    caption : Markup
        Escaped HTML.
    summary, origin : mapping
        The numbers of its caption, and its provenance.
    readings : sequence of mapping
        What `page_readings` lets a reader read on it.
    """

    name: str
    shown: str
    size: tuple[int, int]
    caption: Markup
    summary: Mapping[str, Any]
    origin: Mapping[str, Any]
    readings: Sequence[Mapping[str, Any]] = ()


def caption(path: str | os.PathLike[str]) -> Markup:
    """Return the caption of a figure as HTML: literals and emphasis of the reStructuredText are kept."""
    text = str(escape(" ".join(Path(path).read_text(encoding="utf-8").split())))
    text = re.sub(r"``(.+?)``", r"<code>\1</code>", text)
    return Markup(re.sub(r"\*(.+?)\*", r"<em>\1</em>", text))


def read_figure(svg: str | os.PathLike[str], captions: str | os.PathLike[str]) -> Figure:
    """Read what the page says of a figure: its files lie beside each other, its caption is `<captions>/<name>.rst`.

    Raises
    ------
    HighlowError
        If one of its files is missing or damaged.
    """
    path = Path(svg)
    record = checksums.check_files(path.with_suffix(".json"), [f"{path.stem}{suffix}" for suffix in SUFFIXES])
    with Image.open(path.with_suffix(".png")) as picture:
        size = picture.size
    shown = ".svg" if path.stat().st_size <= LARGEST_SHOWN_SVG else ".png"
    text = caption(Path(captions) / f"{path.stem}.rst")
    origin = record["provenance"]
    read = readings(path.stem, record.get("axes", {}), path.with_suffix(".tsv"), origin["config"])
    return Figure(path.stem, shown, size, text, record["summary"], origin, read)


def number(name: str) -> str:
    """Return the number of a figure in the article (`3`, `1b`), or nothing where it has none."""
    found = re.match(r"fig(\d+)([a-z]?)_", name)
    return f"{int(found[1])}{found[2]}" if found else ""


def numbered(names: Sequence[str]) -> dict[str, str]:
    """Return the number of each figure on the page: the article's, or a letter in the order of the page."""
    letters = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return {name: number(name) or next(letters, name) for name in names if name != HERO}


def references(names: Sequence[str], numbers: Mapping[str, str]) -> Markup:
    """Return links to figures in parentheses, after a space, e.g. ` (Figure 3, Figure 4)`; nothing if none is shown."""
    link = Markup('<a href="#{}">Figure\u00a0{}</a>')
    found = Markup(", ").join(link.format(name, numbers[name]) for name in names if name in numbers)
    return Markup(" ({})").format(found) if found else found


def linked(text: Markup, numbers: Mapping[str, str]) -> Markup:
    """Return a caption whose words `figure 7` lead to that figure, where the page shows it."""
    names = {shown: name for name, shown in numbers.items()}

    def link(found: re.Match[str]) -> str:
        return f'<a href="#{names[found[1]]}">{found[0]}</a>' if found[1] in names else found[0]

    return Markup(re.sub(r"\bfigure (\d+[a-z]?)\b", link, str(text)))


def content() -> dict[str, Any]:
    """Return what the page says: sections with their figures, numbers beside these, tables, names, methods."""
    loaded: dict[str, Any] = {}
    for name in ("text", "experiments", "numbers", "methods"):
        loaded |= yaml.safe_load(_resource(f"page_{name}.yaml"))
    sections = loaded["sections"]
    end = [section["key"] for section in sections].index("conclusion")
    sections[end:end] = loaded.pop("experiments")
    return loaded


def placed(sections: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Return each section with the figures that it shows, in the order of `names`; unknown ones come in a last one."""
    pairs = [(section, [name for name in names if name in section["figures"]]) for section in sections]
    known = {name for _, found in pairs for name in found} | {HERO}
    rest = [name for name in names if name not in known]
    return [*pairs, (FURTHER, rest)] if rest else pairs


class Claims:
    """The scorecard as the text asks it: by the beginning of a claim, without the source layer.

    Parameters
    ----------
    rows : sequence of mapping
        Lines of the scorecard.
    """

    def __init__(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.rows = rows
        self.failed = [row for row in rows if row["verdict"] != "holds"]
        self.empty = [row for row in rows if row["says_nothing"]]

    def about(self, *beginnings: str) -> list[Mapping[str, str]]:
        """Return the claims that begin so, in the order of the scorecard."""
        return [row for row in self.rows if re.sub(r"^\w+: ", "", row["claim"]).startswith(beginnings)]

    def all_hold(self, *beginnings: str) -> bool:
        """Return whether there are such claims and all of them hold."""
        found = self.about(*beginnings)
        return bool(found) and all(row["verdict"] == "holds" for row in found)

    def some_fail(self, *beginnings: str) -> bool:
        """Return whether one of these claims fails; without a beginning, whether any claim at all does not hold.

        What could not be measured, because no unit was accepted, has not failed: no sentence says what units do.
        """
        return any(row["verdict"] == "fails" for row in self.about(*beginnings)) if beginnings else bool(self.failed)

    def sentence(self) -> str:
        """Return how many claims hold, as a sentence."""
        total, empty = len(self.rows), len(self.empty)
        many = f"{total - len(self.failed)} of {total}" if self.failed else f"All {total}"
        said = f"{many} claims put into numbers hold."
        if empty:
            why = "says nothing: it holds" if empty == 1 else "say nothing: they hold"
            said += f" {empty} of these {why} on destroyed weights too."
        return said

    def by_section(self) -> list[tuple[str, list[Mapping[str, str]]]]:
        """Return the claims of each section of the article, in the order of the scorecard."""
        sections = dict.fromkeys(row["section"] for row in self.rows)
        return [(name or "Other", [row for row in self.rows if row["section"] == name]) for name in sections]


def render(
    entry: Entry,
    layer: str,
    depth: Sequence[int],
    figures: Sequence[Figure],
    tables: Sequence[str | os.PathLike[str]],
    scorecard: str,
    detectors: str,
    rebuild: str,
    weights: Mapping[str, Any] | None,
    origin: Mapping[str, Any],
    explored: Mapping[str, str] | None = None,
) -> str:
    """Return the page, which expects the files of its figures in a folder `figures` beside it.

    Parameters
    ----------
    entry : Entry
        The network.
    layer : str
        The layer studied.
    depth : sequence of int
        Index of its block and number of blocks before the classifier; empty for a layer between blocks.
    figures : sequence of Figure
        In the order of the list of figures.
    tables : sequence of path
        TSV files shown as tables: those that `page_methods.yaml` has words for.
    scorecard, detectors : str
        TSV files.
    rebuild : str
        Options that make snakemake compute the figures as they are here.
    weights : mapping or None
        The weight file: `file`, `sha256`, `accepted_by`.
    origin : mapping
        Provenance of the page.
    explored : mapping, optional
        What the explorer calls each layer that it shows, by the layer's name.

    Raises
    ------
    HighlowError
        If there are no words for a table, or if one is damaged.
    """
    words = content()
    claims = Claims(_claims(scorecard))
    table = table_files.read(detectors, ("unit", "branch", "is_detector"))
    found = table[table["is_detector"] == 1]
    published = next((row["published value"] for row in claims.about("detectors in the layer")), "")
    by_name = {figure.name: figure for figure in figures}
    sections = placed(words["sections"], list(by_name))
    numbers = numbered([name for _, names in sections for name in names])
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    layout = environment.overlay(trim_blocks=True, lstrip_blocks=True)
    facts: dict[str, Any] = {
        "network": entry,
        "title": entry.title or entry.name,
        "layer": layer,
        "depth": tuple(depth),
        "downstream": entry.downstream,
        "generated": bool(entry.generator),
        "own": entry.embedded and not entry.control,
        "articles_units": entry.fingerprint == "inception5h" and not entry.control,
        "detectors": _cells(found, DETECTOR_COLUMNS),
        "published_count": published,
        "claims": claims.rows,
        "failed": claims.failed,
        "empty_claims": claims.empty,
        "claim_sections": claims.by_section(),
        "claims_about": claims.about,
        "claim_sentence": claims.sentence,
        "all_hold": claims.all_hold,
        "some_fail": claims.some_fail,
        "shows": by_name.__contains__,
        "see": lambda *names: references(names, numbers),
        "number": lambda name, *path: page_numbers.found(by_name[name].summary, path) if name in by_name else None,
        "percent": lambda share: f"{100 * share:.0f}\u00a0%",
        "unit": partial(page_numbers.unit, explored or {}),
        "units": partial(page_numbers.units, explored or {}),
        "word": lambda key: page_numbers.label(key, words["labels"]),
        "counted": lambda count, one, many: f"{count} {one if count == 1 else many}",
    }

    def paragraphs(text: str, **more: Any) -> list[Markup]:
        """Return the paragraphs of a text that have something to say about this network."""
        filled = environment.from_string(text).render(facts | more)
        return [Markup(part.strip()) for part in re.split(r"\n\s*\n", filled) if part.strip()]

    def told(figure: Figure) -> list[Markup]:
        """Return the paragraphs that say a figure's numbers; none where there are no words for them."""
        asked = {
            "said": lambda *path: page_numbers.said(figure.summary, path),
            "raw": lambda *path: page_numbers.at(figure.summary, path),
        }
        helpers = {"head": page_numbers.head, "row": page_numbers.row, "degrees": page_numbers.degrees}
        return paragraphs(words["numbers"].get(figure.name, ""), **asked, **helpers)

    page = layout.from_string(_resource("page.html.jinja"))
    return page.render(
        **facts,
        style=Markup(_resource("page.css")),
        script=Markup(_resource("page.js")),
        destroyed=CONTROLS.get(entry.control),
        weights=weights,
        hero=by_name.get(HERO),
        sections=[
            (section, [(by_name[name], NO_WORDS | section["figures"].get(name, {})) for name in names])
            for section, names in sections
        ],
        numbers=numbers,
        linked=lambda text: linked(text, numbers),
        paragraphs=paragraphs,
        told=told,
        summary=lambda figure: page_numbers.listed(figure.summary, words["labels"]),
        methods=words["methods"],
        tables=[_table(path, words["tables"]) for path in tables],
        columns=COLUMNS,
        detector_columns=list(DETECTOR_COLUMNS),
        rebuild=rebuild,
        origin=origin,
        percentage=lambda share: f"{100 * share:.5g}%",
        to_json=lambda value, **form: json.dumps(value, sort_keys=True, ensure_ascii=False, **form),
    )


def _table(path: str | os.PathLike[str], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a table with its place and words; only the columns that the words name, if it has them."""
    if Path(path).stem not in known:
        raise HighlowError(f"{path}: the page has no place for this table; it shows {', '.join(known)}")
    words = known[Path(path).stem]
    table = table_files.read(path)
    columns = [column for column in words.get("columns", ()) if column in table.columns] or list(table.columns)
    return {**words, "columns": columns, "rows": _cells(table[columns], {})}


def _claims(path: str | os.PathLike[str]) -> list[dict[str, str]]:
    """Return the lines of a scorecard as text; commands as they are typed."""
    table = table_files.read(path, ("claim", "verdict", *NOTES))
    rows = _cells(table.drop(columns="command"), {})
    return [row | {"command": str(command)} for row, command in zip(rows, table["command"], strict=True)]


def _cells(table: pd.DataFrame, formats: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the rows of a table as text: empty where there is no value."""
    rows = []
    for row in table.to_dict("records"):
        rows.append({str(key): _cell(value, formats.get(str(key))) for key, value in row.items()})
    return rows


def _cell(value: Any, form: str | None) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, str):
        text = page_numbers.spaced(value)
    else:
        text = (form or ("{:.4g}" if isinstance(value, float) else "{}")).format(value)
    return re.sub(r"(?<![\w.-])-(?=\d)", "\u2212", text)  # a true minus sign


def _resource(name: str) -> str:
    return resources.files("highlow.figures").joinpath(name).read_text(encoding="utf-8")
