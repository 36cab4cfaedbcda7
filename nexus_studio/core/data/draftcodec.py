"""Staged rows as JSON and back: what a draft on disk is made of. Pure; `draftjournal` puts it into lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from nexus_studio.core.data.cells import DEFAULT, Cell, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation

FORMAT: Final = 1
"""Raised whenever an older Nexus Studio would read a draft wrongly."""

_DEFAULT: Final = {"default": True}  # no cell is one: cells are texts

_C = TypeVar("_C")


class NotADraft(ValueError):
    """What was read is not the JSON of a draft."""


class NewerDraft(ValueError):
    """A newer Nexus Studio wrote it; `format` is its number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"format {number}")
        self.format = number


@dataclass(frozen=True, slots=True)
class DraftHead:
    """Whose draft it is.

    `place` and `profile` name the connection for people, `user` is its role. `columns` maps the relation's readable
    columns to their types as they were when the draft was begun, `key` names the columns of its key. `began` is ISO
    8601 with its offset.
    """

    relation: RelationName
    place: str = ""
    profile: str = ""
    user: str = ""
    key: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    began: str = ""


def head_of(relation: Relation, place: str, profile: str, user: str, began: str) -> DraftHead:
    """Return the head of a new draft of a relation."""
    columns = {column.name: column.type.display for column in relation.columns if column.is_shown}
    return DraftHead(relation.name, place, profile, user, relation.key, columns, began)


def head_data(head: DraftHead) -> dict[str, Any]:
    """Turn a head into values of JSON."""
    return {
        "format": FORMAT,
        "schema": head.relation.schema,
        "relation": head.relation.name,
        "place": head.place,
        "profile": head.profile,
        "user": head.user,
        "key": list(head.key),
        "columns": dict(head.columns),
        "began": head.began,
    }


def head_from(data: object) -> DraftHead:
    """Read a head.

    Raises:
        NewerDraft: a newer Nexus Studio wrote it.
        NotADraft: it is none.
    """
    values = _mapping(data)
    number = values.get("format")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise NotADraft("format")
    if number > FORMAT:
        raise NewerDraft(number)
    return DraftHead(
        RelationName(_text(values, "schema"), _text(values, "relation")),
        _text(values, "place"),
        _text(values, "profile"),
        _text(values, "user"),
        tuple(_must(each, str) for each in _must(values.get("key"), list)),
        {name: _must(type_, str) for name, type_ in _mapping(values.get("columns")).items()},
        _text(values, "began"),
    )


def row_data(row: StagedRow) -> dict[str, Any]:
    """Turn a staged row into values of JSON. Marks are left out: the server is asked again."""
    data: dict[str, Any] = {"draft": row.draft, "kind": row.kind.value}
    if row.key is not None:
        data["key"] = list(row.key.cells)
        if row.key.by_place:
            data["by_place"] = True
    if row.values:
        data["values"] = {name: _DEFAULT if cell is DEFAULT else cell for name, cell in row.values.items()}
    if row.base:
        data["base"] = dict(row.base)
    if row.seen:
        data["seen"] = dict(row.seen)
    if row.version is not None:
        data["version"] = row.version
    if row.keeps_identity:
        data["keeps_identity"] = True
    if row.is_doubtful:
        data["doubtful"] = True
    return data


def row_from(data: object) -> StagedRow:
    """Read a staged row.

    Raises:
        NotADraft: it is none.
    """
    values = _mapping(data)
    try:
        kind = ChangeKind(values.get("kind"))
    except ValueError as error:
        raise NotADraft("kind") from error
    draft = values.get("draft")
    if not isinstance(draft, int) or isinstance(draft, bool):
        raise NotADraft("draft")
    key = None
    if "key" in values:
        key = RowKey(tuple(_cell(each) for each in _must(values["key"], list)), values.get("by_place") is True)
    if (key is None) is not (kind is ChangeKind.INSERT):
        raise NotADraft("key")
    return StagedRow(
        draft,
        kind,
        key,
        {name: _staged(cell) for name, cell in _mapping(values.get("values", {})).items()},
        _cells(values.get("base", {})),
        seen=_cells(values.get("seen", {})),
        version=_cell(values.get("version")),
        keeps_identity=values.get("keeps_identity") is True,
        is_doubtful=values.get("doubtful") is True,
    )


def _staged(value: object) -> StagedCell:
    return DEFAULT if value == _DEFAULT else _cell(value)


def _cell(value: object) -> Cell:
    return None if value is None else _must(value, str)


def _cells(data: object) -> dict[str, Cell]:
    return {name: _cell(value) for name, value in _mapping(data).items()}


def _mapping(data: object) -> dict[str, Any]:
    return _must(data, dict)


def _text(values: Mapping[str, object], name: str) -> str:
    return _must(values.get(name), str)


def _must(value: object, kind: type[_C]) -> _C:
    if not isinstance(value, kind):
        raise NotADraft(kind.__name__)
    return value
