"""Shelves: named states of a database, kept beside it as databases of their own or as dumps. Pure.

A shelf in a database says what it is in that database's comment, as one line of JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

KEY: Final = "nexus_studio_shelf"
"""What the comment of a shelf's database has, and no other."""

LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Shelf:
    """One state on a shelf.

    `name` is a person's own, `of` the database whose state it is. `size_bytes` is on disk, of a dump compressed.
    `revision` the applied migrations, "" where none is known. `place` is the shelf's own database or file. `is_dump`:
    it is a file on this machine. `is_left_over`: nobody kept it; it was replaced, and whoever did so could not remove
    it any more.
    """

    name: str
    of: str
    made_at: datetime
    size_bytes: int = 0
    revision: str = ""
    who: str = ""
    place: str = ""
    is_dump: bool = False
    is_left_over: bool = False


def shelf_mark(shelf: Shelf) -> str:
    """Write what a shelf's database says of itself."""
    said = {
        KEY: 1,
        "name": shelf.name,
        "of": shelf.of,
        "made_at": shelf.made_at.isoformat(),
        "revision": shelf.revision,
        "who": shelf.who,
        "left_over": shelf.is_left_over,
    }
    return json.dumps(said, ensure_ascii=False)


def read_mark(place: str, comment: str | None, size_bytes: int) -> Shelf | None:
    """Read what a database says of itself; None: it is no shelf."""
    try:
        said = json.loads(comment or "")
        if not isinstance(said, dict) or said.get(KEY) != 1:
            return None
        return Shelf(
            name=str(said["name"]),
            of=str(said["of"]),
            made_at=datetime.fromisoformat(said["made_at"]),
            size_bytes=size_bytes,
            revision=str(said.get("revision") or ""),
            who=str(said.get("who") or ""),
            place=place,
            is_left_over=bool(said.get("left_over")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def is_usable(name: str) -> bool:
    """Tell whether a name can be a shelf's: one line with something in it, and not too long."""
    return bool(name.strip()) and name.isprintable() and len(name) <= LONGEST_NAME and name == name.strip()
