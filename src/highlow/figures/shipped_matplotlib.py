"""matplotlib imported as it was shipped, whatever a user's files and environment say.

At its import matplotlib reads `matplotlibrc` (of the working folder, of MATPLOTLIBRC, of the user's folder), the
styles of the user's folder, MPLBACKEND, and a cached list of the machine's fonts. One that it cannot read ends the
import. Imports matplotlib itself nowhere: that is for the block.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager

# FREETYPE_PROPERTIES changes how letters are drawn.
DROPPED = ("MPLBACKEND", "MATPLOTLIBRC", "FREETYPE_PROPERTIES")
# Its folder for settings and caches; with the fonts that come with it alone, the list of them takes 0.1 s.
FOLDER, SYSTEM_FONTS = "MPLCONFIGDIR", "MPL_IGNORE_SYSTEM_FONTS"


@contextmanager
def without_user_settings() -> Iterator[None]:
    """Hide a user's settings and fonts while matplotlib is imported in the block; one that is imported stays as it is.

    For the program of a process: the working folder, which holds one of those files, is another inside the block.
    """
    if "matplotlib" in sys.modules:
        yield
        return
    before = {name: os.environ.pop(name, None) for name in (*DROPPED, FOLDER, SYSTEM_FONTS)}
    try:
        with tempfile.TemporaryDirectory(prefix="highlow-") as empty, chdir(empty):
            os.environ.update({FOLDER: empty, SYSTEM_FONTS: "1"})
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
