"""Databases that restores make and leave: how they are named, and what their comments say of them. Pure.

A database says what it is in its comment, as one line of JSON. The comment that it had is kept in there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nexus_studio.core.admin.archives import KeptDatabase

KEPT: Final = "nexus_studio_kept"
"""What the comment of a database has that a restore has replaced, and no other."""

MADE: Final = "nexus_studio_restoring"
"""What the comment of a database has that is being restored into, and no other."""

LONGEST: Final = 63
"""Bytes of an identifier (NAMEDATALEN - 1)."""

_SUFFIX: Final = "_before_restore_%Y%m%d_%H%M%S"


@dataclass(frozen=True, slots=True)
class Making:
    """A database that is being restored into: for which one, since when, by whom."""

    of: str
    since: datetime
    who: str


def kept_name(database: str, at: datetime) -> str:
    """Return the name that a replaced database gets: `app_before_restore_20261130_101500`, of 63 bytes at most."""
    suffix = at.strftime(_SUFFIX)
    return f"{cut(database, LONGEST - len(suffix))}{suffix}"


def cut(name: str, most: int) -> str:
    """Cut a name to so many bytes of UTF-8, between characters."""
    return name.encode()[:most].decode("utf-8", "ignore")


def is_name(name: str) -> bool:
    """Tell whether a database can have a name."""
    return 0 < len(name.encode()) <= LONGEST and "\0" not in name


def kept_mark(of: str, at: datetime, comment: str | None) -> str:
    """Write what a replaced database says of itself."""
    return json.dumps({KEPT: 1, "of": of, "kept_at": at.isoformat(), "comment": comment}, ensure_ascii=False)


def own_comment(comment: str | None) -> str | None:
    """Return what somebody has said of a database; of one that was replaced, what was said of it before."""
    said = _said(comment, KEPT)
    if said is None:
        return comment
    former = said.get("comment")
    return former if isinstance(former, str) else None


def made_mark(making: Making) -> str:
    """Write what a database says of itself while it is being restored into."""
    said = {MADE: 1, "of": making.of, "since": making.since.isoformat(), "who": making.who}
    return json.dumps(said, ensure_ascii=False)


def read_kept(name: str, comment: str | None, size_bytes: int) -> KeptDatabase | None:
    """Read what a database says of itself; None: it was not replaced by a restore."""
    said = _said(comment, KEPT)
    try:
        return said and KeptDatabase(name, str(said["of"]), datetime.fromisoformat(said["kept_at"]), size_bytes)
    except (ValueError, KeyError, TypeError):
        return None


def read_made(comment: str | None) -> Making | None:
    """Read what a database says of itself; None: nobody restores into it, and nobody has."""
    said = _said(comment, MADE)
    try:
        return said and Making(str(said["of"]), datetime.fromisoformat(said["since"]), str(said["who"]))
    except (ValueError, KeyError, TypeError):
        return None


def _said(comment: str | None, key: str) -> Any:
    try:
        said = json.loads(comment or "")
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get(key) == 1 else None
