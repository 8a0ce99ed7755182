"""How to install what an extra of agentkit needs, from wherever this agentkit was installed.

The name alone would not do: on the package index it belongs to another project.
"""

from __future__ import annotations

import json
import shlex
from importlib import metadata
from urllib.parse import urlsplit
from urllib.request import url2pathname


def how_to_install(extra: str) -> str:
    """A command that installs ``extra``, or advice where it is not known where this agentkit came from."""
    try:
        origin = metadata.distribution("agentkit").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        origin = None
    return command(extra, origin)


def command(extra: str, origin: str | None) -> str:
    """The same, of an agentkit whose ``direct_url.json`` (PEP 610) is ``origin``; None for one without."""
    try:
        known = json.loads(origin or "")
        url, directory, vcs = known["url"], known.get("dir_info"), known.get("vcs_info")
        if directory is not None:
            path = url2pathname(urlsplit(url).path)
            editable = "-e " if directory.get("editable") else ""
            return f"pip install {editable}{shlex.quote(f'{path}[{extra}]')}"
        if vcs is not None:
            revision = vcs.get("requested_revision")
            url = f"{vcs['vcs']}+{url}" + (f"@{revision}" if revision else "")
        within = known.get("subdirectory")
        where = f"{url}#subdirectory={within}" if within else url
        return f"pip install {shlex.quote(f'agentkit[{extra}] @ {where}')}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"install agentkit with its extra {extra!r}, from where you have it"
