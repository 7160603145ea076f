"""The explorer's data scripts, read as the browser reads them."""

import base64
import json
import re

import numpy as np


def registered(path):
    """Return the content that a data script registers."""
    found = re.fullmatch(r'highlow\.register\("[^"]+",(.*)\);\n', path.read_text(), flags=re.DOTALL)
    return json.loads(found[1])


def unpacked(item):
    """Return an array as `highlow.explorer.data_file.array` packed it."""
    return np.frombuffer(base64.b64decode(item["float32"]), "<f4").reshape(item["shape"])
