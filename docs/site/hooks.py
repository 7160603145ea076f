"""What the site needs beyond Markdown: links that leave `docs/`, and files from elsewhere that are shown as pages.

Pages are written for a Git host, where a link to `../config/README.md` works. The site holds `docs/` alone: there, such
a link leads to the page that shows the file, or becomes plain text where no page does. A page shows a file with

    <!-- show: ../../config/README.md -->

and an executed notebook beside it, cell by cell with its outputs, with

    <!-- notebook: own-network.ipynb -->

A link or a page to a file that does not exist is a warning, which ends a strict build.
"""

import json
import logging
import posixpath
import re
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = {  # what is shown where, relative to the repository and to docs/
    "README.md": "README.md",
    "config/README.md": "reference/configuration.md",
    "results/README.md": "reference/results.md",
    "CHANGELOG.md": "changelog.md",
}
NOTEBOOK = re.compile(r"^<!-- notebook: (\S+) -->$", re.MULTILINE)
SHOW = re.compile(r"^<!-- show: (\S+) -->$", re.MULTILINE)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s#]+)(#[^)\s]*)?\)")
FENCE = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"\A# .*\n")

log = logging.getLogger("mkdocs.hooks.links")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return a page with files shown in their places and with links that the site can follow."""
    name = page.file.src_uri
    shown = with_files_shown(with_links_of_the_site(markdown, f"docs/{name}", name), name)
    folder = REPOSITORY / "docs" / posixpath.dirname(name)
    return NOTEBOOK.sub(lambda match: notebook_page(json.loads((folder / match[1]).read_text(encoding="utf-8"))), shown)


def notebook_page(notebook: dict[str, Any]) -> str:
    """Return an executed notebook as a page: its text, its code, and what each cell showed."""
    parts = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(text)
            continue
        parts.append(f"```python\n{text}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "image/png" in data:
                parts.append(f'<img alt="what the cell above draws" src="data:image/png;base64,{data["image/png"]}">')
            else:
                parts.append(f"```text\n{''.join(data['text/plain']).rstrip()}\n```")
    return "\n\n".join(parts)


def with_files_shown(markdown: str, page: str) -> str:
    """Return a page with each `show` comment replaced by the file, without its title."""

    def shown(match: re.Match[str]) -> str:
        source = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), match[1]))
        if not (REPOSITORY / source).is_file():
            log.warning("%s shows %s, which does not exist", page, source)
            return ""
        return with_links_of_the_site(TITLE.sub("", (REPOSITORY / source).read_text(encoding="utf-8")), source, page)

    return SHOW.sub(shown, markdown)


def with_links_of_the_site(markdown: str, source: str, page: str) -> str:
    """Return the text of `source` with its links as they have to be on `page`; code blocks are left alone."""

    def link(match: re.Match[str]) -> str:
        image, text, target, anchor = match[1], match[2], match[3], match[4] or ""
        if re.match(r"[a-z]+:", target):
            return match[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if not (REPOSITORY / file).exists():
            log.warning("%s links to %s, which does not exist", source, file)
        inside = PAGES.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
        if inside is None:
            return text
        return f"{image}[{text}]({posixpath.relpath(inside, posixpath.dirname(page) or '.')}{anchor})"

    parts = FENCE.split(markdown)
    return "".join(part if index % 2 else LINK.sub(link, part) for index, part in enumerate(parts))
