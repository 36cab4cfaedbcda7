"""The text of an SQL statement without the values in it: what people may look at without reading others' data. Pure.

It reads words as PostgreSQL does (manual, section 4.1 "Lexical Structure"), and where two readings are possible, or the
text was cut off, it leaves out the rest rather than show a piece of a value. Comments are left out too: programs put
names and addresses into them. Names stay, the quoted ones as well.
"""

from __future__ import annotations

import re
from typing import Final

LEFT_OUT: Final = "…"
"""Stands for what is left out."""

_STRING: Final = f"'{LEFT_OUT}'"

# Every character beyond ASCII is a letter to PostgreSQL. The order counts: what stands first is tried first.
_LETTER: Final = "A-Za-z_\\x80-\\U0010ffff"
_TOKEN: Final = re.compile(
    rf"""
    (?P<line>--[^\n\r]*)
  | (?P<comment>/\*)
  | (?P<escaping>[eE]')
  | (?P<unicode>[uU]&')
  | (?P<string>[bBxXnN]?')
  | (?P<name>(?:[uU]&)?")
  | (?P<parameter>\$[0-9]+)
  | (?P<dollar>\$(?:[{_LETTER}][0-9{_LETTER}]*)?\$)
  | (?P<word>[{_LETTER}][0-9${_LETTER}]*)
  | (?P<number>\.?[0-9][0-9.{_LETTER}]*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK: Final = re.compile(r"/\*|\*/")

# Possessive (`*+`): what was taken is never given back, or half of a doubled quote would pass for the end.
_STANDARD: Final = re.compile(r"(?:[^']|'')*+'")
_ESCAPED: Final = re.compile(r"(?:[^'\\]|''|\\.)*+'", re.DOTALL)
_QUOTED: Final = re.compile(r'(?:[^"]|"")*+"')


def without_literals(text: str) -> str:
    """Return a statement with "…" for each value and comment. Several statements in one text may be given."""
    shown: list[str] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token is not None  # the last alternative takes any character
        kind = token.lastgroup or ""
        if kind in {"word", "parameter", "other"}:
            shown.append(token.group())
            at = token.end()
        elif kind == "number":
            shown.append(LEFT_OUT)
            at = token.end()
        elif kind == "line":
            shown.append(f"--{LEFT_OUT}")
            at = token.end()
        else:
            end = _end(kind, token, text)
            shown.append(_shown(kind, text[at:end] if end else ""))
            if end is None:  # cut off, or to be read in two ways: whatever follows may be a value
                break
            at = end
    return "".join(shown)


def _shown(kind: str, whole: str) -> str:
    if kind == "name":
        return whole or f'"{LEFT_OUT}'
    if kind == "comment":
        return f"/*{LEFT_OUT}*/"
    return _STRING


def _end(kind: str, token: re.Match[str], text: str) -> int | None:
    """Return where something ends; None where that can't be told for sure."""
    if kind == "comment":
        return _after_comment(text, token.start())
    if kind == "dollar":
        found = text.find(token.group(), token.end())
        return None if found < 0 else found + len(token.group())
    pattern = {"name": _QUOTED, "escaping": _ESCAPED}.get(kind, _STANDARD)
    body = pattern.match(text, token.end())
    if body is None:
        return None
    # With standard_conforming_strings off, a quote behind a backslash does not end it.
    return None if kind == "string" and "\\" in body.group() else body.end()


def _after_comment(text: str, start: int) -> int | None:
    depth = 0
    for mark in _BLOCK.finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return None
