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

# Nothing here can hold itself, and to look for that takes a third of the time.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=dict)


def parts(images: Iterable[RowImage]) -> Iterator[list[RowImage]]:
    """Split images into parts."""
    left = iter(images)
    while part := list(islice(left, PART)):
        yield part


def images_text(images: Sequence[RowImage]) -> str:
    """Write images as JSON: the relations' names once, then a line of values for each row."""
    names: dict[RelationName, int] = {}
    rows = []
    like: tuple[object, ...] = (
        None,
        None,
        None,
    )  # most rows are as the one before them
    for relation, kind, cause, key, key_after, before, after in images:
        if relation is not like[0] or kind is not like[1] or cause is not like[2]:
            like = relation, kind, cause
            head = (names.setdefault(relation, len(names)), kind.value, cause.value)
        values = _key_values(key)
        rows.append((*head, values, values if key_after is key else _key_values(key_after), before, after))
    return _ENCODER.encode({"relations": [(each.schema, each.name) for each in names], "rows": rows})


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
