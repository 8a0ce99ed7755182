"""What an agent is told to be and to do, in words of its own and in files that they mention."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

MAX_CHARS = 200_000
"""Characters that the mentioned files may have together: some 50,000 tokens, more than a voice agent can afford."""

_MENTION = re.compile(r"(?<![\w@./])@(?P<path>[\w./~-]*\w)")
"""A file as it is mentioned, but no address and no handle within a word."""


class Instructions:
    """Instructions, with the Markdown files that they mention as ``@file.md``.

    Paths are relative to ``base``, by default the working directory, and stay within it. The files are read at once;
    what they mention themselves is left as it is.

    Raises `FileNotFoundError` for a file that is not there, and `ValueError` for one that lies elsewhere, is not
    Markdown, is not text, or is too long.

    >>> Instructions("Be kind. Follow @house-rules.md.").full_reference
    'Be kind. Follow @house-rules.md.\\n\\n## @house-rules.md\\n\\nPets are welcome.'
    """

    def __init__(self, text: str = "", base: str | Path | None = None) -> None:
        if not isinstance(text, str):
            raise TypeError(f"instructions: expected text, found {type(text).__name__}")
        self.text = text
        self.base = Path(base if base is not None else ".").resolve()
        self.files: dict[str, str] = {}
        """What the mentioned files say, by their path relative to ``base``, in order of mention."""
        for mention in _MENTION.finditer(text):
            self._include(mention["path"])

    @property
    def full_reference(self) -> str:
        """The text, followed by what each file says under a heading with its name: what the model is given."""
        parts = [f"## @{name}\n\n{content}" for name, content in self.files.items()]
        return "\n\n".join([self.text, *parts])

    def __str__(self) -> str:
        return self.text

    def _include(self, mention: str) -> None:
        path = (self.base / mention).resolve()
        if path.suffix.lower() != ".md":
            if path.suffix and path.is_relative_to(self.base) and path.is_file():
                raise ValueError(
                    f"instructions mention @{mention}: expected a Markdown file, whose name ends in .md, found {path}"
                )
            return  # a handle, or whatever else begins with an @
        if not path.is_relative_to(self.base):
            raise ValueError(
                f"instructions mention @{mention}: expected a file in {self.base}, found that it leads to {path}; "
                "move it there, or give Instructions(base=...) the folder that holds it"
            )
        name = path.relative_to(self.base).as_posix()
        if name in self.files:
            return
        if not path.is_file():
            raise FileNotFoundError(
                f"instructions mention @{mention}: expected a file at {path}, found none{self._nearest(name)}"
            )
        self.files[name] = self._read(path, mention)
        if (chars := sum(map(len, self.files.values()))) > MAX_CHARS:
            raise ValueError(
                f"instructions mention @{mention}: expected at most {MAX_CHARS:,} characters in all files, "
                f"found {chars:,}; shorten them, or let the model look things up with a function"
            )

    def _read(self, path: Path, mention: str) -> str:
        with path.open("rb") as file:
            content = file.read(
                4 * MAX_CHARS + 1
            )  # no character takes more bytes: it is too long in any case
        try:
            return content[: 4 * MAX_CHARS].decode().removeprefix("\ufeff").strip()
        except UnicodeDecodeError as error:
            raise ValueError(
                f"instructions mention @{mention}: expected UTF-8 text in {path}, found {error}"
            ) from None

    def _nearest(self, name: str) -> str:
        """What may have been meant, among the files that lie near."""
        folder = (self.base / name).parent
        near = [*folder.glob("*.md"), *self.base.glob("*.md"), *self.base.glob("*/*.md")]
        known = dict.fromkeys(path.relative_to(self.base).as_posix() for path in near if path.is_file())
        by_name = {Path(one).name: one for one in reversed(known)}
        alike = difflib.get_close_matches(name, known, n=3)
        alike += [by_name[one] for one in difflib.get_close_matches(Path(name).name, by_name, n=3)]
        if not alike:
            return (
                "; paths are relative to the working directory unless Instructions(base=...) names a folder"
            )
        return f"; did you mean {' or '.join(f'@{one}' for one in dict.fromkeys(alike))}?"
