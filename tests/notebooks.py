"""Run a notebook's cells and keep what they show: python -m tests.notebooks NOTEBOOK [RESULT]

In this process and without a kernel: IPython runs the cells, as Jupyter's kernel does. Ends with the cell's traceback
where one fails.
"""

import os
import sys
from base64 import b64encode
from pathlib import Path

import nbformat


def executed(notebook):
    """Return a notebook with the outputs of a fresh run of all its cells."""
    os.environ["MPLBACKEND"] = "agg"
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import select_figure_formats
    from IPython.utils.capture import capture_output

    shell, shown = InteractiveShell.instance(), []
    shell.displayhook.write_output_prompt = lambda: None
    shell.displayhook.write_format_data = lambda data, metadata=None: shown.append(data)
    select_figure_formats(shell, {"png"}, bbox_inches="tight")
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    for number, cell in enumerate(cells, start=1):
        shown.clear()
        with capture_output(stderr=False) as captured:
            result = shell.run_cell(cell.source, store_history=False)
        result.raise_error()
        cell.execution_count, cell.outputs = number, []
        if captured.stdout:
            cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=captured.stdout))
        for data in shown:
            kept = {"text/plain": data["text/plain"]}
            if "image/png" in data:
                picture = data["image/png"]
                kept["image/png"] = picture if isinstance(picture, str) else b64encode(picture).decode()
            cell.outputs.append(nbformat.v4.new_output("display_data", data=kept))
    return notebook


if __name__ == "__main__":
    source, target = Path(sys.argv[1]), Path(sys.argv[-1])
    target.write_text(nbformat.writes(executed(nbformat.read(source, as_version=4))) + "\n", encoding="utf-8")
