"""PostgreSQL's arrays as JSON arrays: what stands in them is written by whoever knows the element's type. Pure.

The text form is that of the manual, section 8.15.6: braces, commas, quotes with backslashes, NULL unquoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r""""(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^{},"\\\s](?:[^{},"\\]*[^{},"\\\s])?)|(?P<mark>[{},])""", re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def json_array(text: str, write: Callable[[str], str]) -> str | None:
    """Write an array, nested as it is, as JSON; None for what is none that can be read (bounds in front, other forms).

    Args:
        text: The array as PostgreSQL prints it.
        write: Writes an element's text as JSON.
    """
    out: list[str] = []
    depth, place, before = 0, 0, "{"  # what stands before the next token: "{", ",", "}" or "v" for a value
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or (place and not depth):
            return None
        place, mark = found.end(), found["mark"]
        if mark is None:
            if not depth or before not in "{,":
                return None
            out.append(_value(found, write))
            before = "v"
        elif not _fits(mark, before, is_first=not out):
            return None
        else:
            depth += {"{": 1, "}": -1, ",": 0}[mark]
            out.append({"{": "[", "}": "]", ",": ", "}[mark])
            before = mark
    return "".join(out) if out and not depth else None


def _value(found: re.Match[str], write: Callable[[str], str]) -> str:
    if (bare := found["bare"]) is not None:
        return "null" if bare.upper() == "NULL" else write(bare)
    return write(_ESCAPED.sub(r"\1", found["quoted"]))


def _fits(mark: str, before: str, *, is_first: bool) -> bool:
    """Tell whether a brace or a comma may stand there."""
    if mark == "{":
        return is_first or before in "{,"
    if mark == ",":
        return before in "v}"
    return before in "v}{"
