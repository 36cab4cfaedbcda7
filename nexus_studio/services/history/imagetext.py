"""Images of rows as text for a store: JSON, in parts of some hundred, so that a large set need not be read whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.names import RelationName

PART: Final = 500
"""Images in a part."""


def parts(images: Iterable[RowImage]) -> Iterator[list[RowImage]]:
    """Split images into parts."""
    left = iter(images)
    while part := list(islice(left, PART)):
        yield part


def images_text(images: Sequence[RowImage]) -> str:
    """Write images as JSON: the relations' names once, then a line of values for each row."""
    names: dict[RelationName, int] = {}
    rows = []
    like: RowImage | None = None  # of ten thousand rows most are as the one before: what is the same is not asked again
    for each in images:
        if like is None or (each.relation, each.kind, each.cause) != (like.relation, like.kind, like.cause):
            head = (names.setdefault(each.relation, len(names)), each.kind.value, each.cause.value)
        like = each
        key = _key_values(each.key)
        key_after = key if each.key_after is each.key else _key_values(each.key_after)
        rows.append((*head, key, key_after, each.before, each.after))
    relations = [(each.schema, each.name) for each in names]
    return json.dumps({"relations": relations, "rows": rows}, ensure_ascii=False, separators=(",", ":"), default=dict)


def read_images(text: str) -> tuple[RowImage, ...]:
    """Read what `images_text` has written.

    Raises:
        ValueError: it is something else.
    """
    try:
        found = json.loads(text)
        names = [RelationName(*each) for each in found["relations"]]
        return tuple(
            RowImage(names[name], ChangeKind(kind), Cause(cause), _key(key), _key(key_after), before, after)
            for name, kind, cause, key, key_after, before, after in found["rows"]
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError from error


def _key_values(key: RowKey | None) -> Any:
    """A list of cells; of a row known by its place an object."""
    if key is None:
        return None
    return {"place": key.cells} if key.by_place else key.cells


def _key(values: Any) -> RowKey | None:
    if values is None:
        return None
    if isinstance(values, dict):
        return RowKey(tuple(values["place"]), by_place=True)
    return RowKey(tuple(values))
