"""The words of `drafts`. Light: only argparse is needed."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Arguments = Callable[[argparse.ArgumentParser], None]


def _list(parser: argparse.ArgumentParser) -> None:
    del parser  # it takes nothing


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("draft", metavar="ID", help="the draft, as `drafts list` calls it")
    parser.add_argument("--values", action="store_true", help="show keys and values too: they are the rows' own")


def _discard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("drafts", nargs="+", metavar="ID", help="the drafts, as `drafts list` calls them")
    parser.add_argument("--yes", action="store_true", help="do not ask whether you are sure")


DRAFT_ACTIONS: tuple[tuple[str, str, Arguments], ...] = (
    ("list", "list staged edits that are kept on this machine", _list),
    ("show", "say what a draft holds", _show),
    ("discard", "forget drafts for good", _discard),
)
