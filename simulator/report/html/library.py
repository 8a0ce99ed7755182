"""The plotting library, as it travels in a page.

It is Bokeh, taken from its Python package: its JavaScript is packaged there, draws on a canvas fast enough to follow
a recording, and is small (0.4 MB compressed; Plotly's is 1.5 MB), so that every page can hold all that it needs.
"""

from __future__ import annotations

import base64
import functools
import gzip
import importlib.util
from pathlib import Path

_SCRIPTS = ("bokeh.min.js", "bokeh-api.min.js")


@functools.cache
def packed_library() -> str:
    """Base64 of the library's JavaScript, compressed with gzip. Raises `ImportError` where it is not installed."""
    spec = importlib.util.find_spec("bokeh")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'bokeh'", name="bokeh")
    folder = Path(spec.origin).parent / "server" / "static" / "js"
    scripts = "\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    return base64.b64encode(gzip.compress(scripts.encode(), 9, mtime=0)).decode("ascii")
