"""What stands in a user's own files and environment changes no byte of a figure, and ends no job."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import font_manager

from highlow.figures import drawing, stimulus_axes
from highlow.networks import weight_files
from highlow.runs import user_settings
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files

SCRIPT = Path(__file__).parents[2] / "scripts/draw_figure.py"
SHIPPED = Path(mpl.get_data_path()) / "fonts/ttf"
# Each changes pictures that are drawn with it.
SETTINGS = """
image.origin: lower
image.cmap: hot
image.interpolation: bilinear
axes.grid: True
axes.facecolor: red
axes.unicode_minus: False
axes.formatter.use_locale: True
font.family: serif
font.weight: bold
figure.autolayout: True
figure.dpi: 33
lines.linewidth: 9
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: none
svg.image_inline: False
text.usetex: True
path.sketch: 2, 100, 2
"""


@pytest.fixture(scope="module")
def stimuli(tmp_path_factory):
    """Return a file of stimuli to draw."""
    path = tmp_path_factory.mktemp("stimuli") / "high_low.h5"
    sheet = np.random.default_rng(0).integers(0, 256, (3, 12, 16, 16), dtype=np.uint8)
    with hdf5_files.create(path, {}) as file:
        file["preview"], file["preview_row"], file["preview_column"] = sheet, [1.5, 2.0, 3.0], np.arange(12) * 30.0
    return path


def drawn(stimuli, folder, environment, workplace):
    """Return the files of a figure that a process of its own draws."""
    words = [sys.executable, str(SCRIPT), "stimulus_axes", "--input", f"high_low={stimuli}"]
    done = subprocess.run(
        [*words, "--output", str(folder / "figure")],
        env=os.environ | environment,
        cwd=workplace,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return contents(folder)


def contents(folder):
    return {suffix: (folder / f"figure{suffix}").read_bytes() for suffix in (".svg", ".png", ".tsv")}


@pytest.fixture(scope="module")
def plain(stimuli, tmp_path_factory):
    """Return the figure's files, drawn by a user without settings."""
    folder = tmp_path_factory.mktemp("plain")
    return drawn(stimuli, folder, {"MPLCONFIGDIR": str(folder)}, folder)


def test_settings_and_fonts_of_a_user_change_no_byte(stimuli, plain, tmp_path):
    folders = {name: tmp_path / name for name in ("work", "config", "stylelib", "fonts", "out")}
    folders["stylelib"] = folders["config"] / "matplotlib/stylelib"
    for folder in folders.values():
        folder.mkdir(parents=True)
    # Settings that cannot be read end the import of matplotlib.
    (folders["work"] / "matplotlibrc").write_bytes(b"\xff\xfe: 1\n")
    (folders["stylelib"] / "broken.mplstyle").write_bytes(b"\xff\xfe: 1\n")
    (folders["config"] / "matplotlibrc").write_text(SETTINGS, encoding="utf-8")
    # Another font of the name.
    shutil.copy(SHIPPED / "STIXGeneral.ttf", folders["fonts"] / "DejaVuSans.ttf")
    # And modules of the names of libraries.
    for name in ("numpy", "matplotlib", "yaml", "random"):
        (folders["work"] / f"{name}.py").write_text("raise SystemExit('not this one')\n", encoding="utf-8")
    environment = {
        "MATPLOTLIBRC": str(folders["config"]),
        "MPLBACKEND": "nonsense",
        "XDG_CONFIG_HOME": str(folders["config"]),
        "XDG_DATA_HOME": str(folders["fonts"]),
        "XDG_CACHE_HOME": "/dev/null",
        "HOME": "/nonexistent",
        "FREETYPE_PROPERTIES": "truetype:interpreter-version=35",
        "SOURCE_DATE_EPOCH": "1",
        "TZ": "Asia/Tokyo",
        "COLUMNS": "20",
        "PYTHONHASHSEED": "3",
        "PYTHONOPTIMIZE": "2",
        # No UTF-8: every text file is written as such all the same.
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
    }
    assert drawn(stimuli, folders["out"], environment, folders["work"]) == plain


def test_settings_of_the_process_that_draws_change_no_byte(stimuli, plain, tmp_path):
    (tmp_path / "matplotlibrc").write_text(SETTINGS, encoding="utf-8")
    inputs = {"high_low": str(stimuli)}
    with mpl.rc_context(fname=tmp_path / "matplotlibrc"):
        theirs = dict(mpl.rcParams)
        drawing = stimulus_axes.draw(inputs, {})
        drawing.save(str(tmp_path / "figure"), inputs, {})
        assert dict(mpl.rcParams) == theirs
    plt.close("all")
    assert contents(tmp_path) == plain


def test_fonts_that_come_with_matplotlib_are_found_first(tmp_path, monkeypatch):
    other = shutil.copy(SHIPPED / "STIXGeneral.ttf", tmp_path / "DejaVuSans.ttf")
    font = next(font for font in font_manager.fontManager.ttflist if Path(font.fname).name == "DejaVuSans.ttf")
    # As a list says that was kept by another build of matplotlib, which takes the system's fonts.
    others = [font for font in font_manager.fontManager.ttflist if not Path(font.fname).is_relative_to(SHIPPED)]
    kept = [dataclasses.replace(font, fname=str(other)), *others]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", kept)
    font_manager.fontManager.addfont(other)  # forgets what was found before
    assert font_manager.findfont("DejaVu Sans") == str(other)
    drawing._prefer_shipped_fonts()
    with drawing.own_style():
        for words in ("DejaVu Sans", "DejaVu Sans:bold", "DejaVu Sans:italic", "DejaVu Sans Mono"):
            assert Path(font_manager.findfont(words)).parent == SHIPPED, words


def test_what_lowers_precision_or_waits_for_words_is_taken_out():
    environment = {"ONEDNN_DEFAULT_FPMATH_MODE": "BF16", "NVIDIA_TF32_OVERRIDE": "1", "PYTHONINSPECT": "1", "LANG": "C"}
    user_settings.set_aside(environment)
    assert environment == {"LANG": "C", "PYTHONNOUSERSITE": "1"}


def test_jobs_use_what_the_user_installed_only_where_nothing_else_is(tmp_path, monkeypatch):
    """`pip install --user` shadows the packages of conda and of containers, or is all there is."""
    monkeypatch.setattr("site.getusersitepackages", lambda: str(tmp_path / "theirs"))
    for place, package in (("theirs", "torch"), ("theirs", "numpy"), ("ours", "torch")):
        (tmp_path / place / package).mkdir(parents=True)
        (tmp_path / place / package / "__init__.py").touch()
    for packages, left_out in ((("torch", "neither"), True), (("torch", "numpy"), False)):
        monkeypatch.setattr(user_settings, "PACKAGES", packages)
        monkeypatch.setattr(sys, "path", [str(tmp_path / "theirs"), str(tmp_path / "ours")])
        environment = {}
        user_settings.set_aside(environment)
        assert ("PYTHONNOUSERSITE" in environment) == left_out


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch):
    def none(name):
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr("platformdirs.user_cache_dir", none)
    with pytest.raises(HighlowError, match="set XDG_CACHE_HOME"):
        weight_files.cache_folder()
