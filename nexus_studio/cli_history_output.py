"""Saved change sets as JSON and as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nexus_studio.cli_output import counted, facts, table
from nexus_studio.cli_relations import shown
from nexus_studio.cli_wording_history import GAPS
from nexus_studio.core.data.cells import Cell, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.history import Action, SavedSet, SavedSetDetails, Standing
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.data.undoing import Inverse
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation

_MOST_ROWS = 200
_KINDS = {ChangeKind.INSERT: "new", ChangeKind.UPDATE: "changed", ChangeKind.DELETE: "deleted"}
_CAUSES = {
    Cause.OWN: "",
    Cause.CASCADE: "went along",
    Cause.SET_NULL: "set to NULL along",
    Cause.SET_DEFAULT: "set to default along",
    Cause.KEY_FOLLOWS: "key followed",
}
_STANDINGS = {Standing.WRITTEN: "", Standing.PENDING: "pending", Standing.UNKNOWN: "not known whether written"}


def set_data(saved: SavedSet) -> dict[str, Any]:
    """Return a set as JSON, without its rows."""
    origin = saved.origin
    return {
        "id": saved.id,
        "at": saved.at,
        "standing": saved.standing,
        "action": saved.action,
        "place": origin.place,
        "database": origin.database,
        "profile": origin.profile,
        "environment": origin.environment,
        "role": origin.role,
        "account": origin.account,
        "machine": origin.machine,
        "reason": saved.reason,
        "ticket": saved.ticket,
        "rows": saved.rows,
        "rows_kept": saved.has_rows,
        "tables": [
            {
                "relation": each.relation,
                "inserted": each.inserted,
                "updated": each.updated,
                "deleted": each.deleted,
                "along": each.along,
            }
            for each in saved.tables
        ],
        "reverts": saved.reverts or None,
        "reverted_by": saved.reverted_by or None,
        "takes_back": [{"id": each.id, "whole": each.is_whole} for each in saved.takes_back],
        "in_part_by": list(saved.in_part_by),
        "columns": saved.columns,
        "source": saved.source,
    }


def sets_text(sets: Sequence[SavedSet], *, with_place: bool = False) -> str:
    """Lay out sets, one a line."""
    if not sets:
        return "Nothing was saved."
    headers = ("id", "when", "who", "rows", "tables", "why", "", *(("where",) if with_place else ()))
    lines = [(*_line(each), *((each.origin.place,) if with_place else ())) for each in sets]
    return table(headers, lines, right=(3,))


def details_data(
    details: SavedSetDetails, relations: Mapping[RelationName, Relation], triggers: Sequence[str] = ()
) -> dict[str, Any]:
    """Return a set and its rows as JSON, and the triggers on its tables: what they wrote is not kept."""
    images = [_image_data(each, relations) for each in details.images]
    return {**set_data(details.saved), "triggers": list(triggers), "images": images}


def details_text(
    details: SavedSetDetails, relations: Mapping[RelationName, Relation], triggers: Sequence[str] = ()
) -> str:
    """Lay out a set and its rows: old → new; and the triggers on its tables."""
    saved = details.saved
    pairs: list[tuple[str, object]] = [
        ("id", saved.id),
        ("when", _moment(saved)),
        ("who", f"{saved.origin.role}, {saved.origin.person}"),
        ("where", f"{saved.origin.place} ({saved.origin.environment})"),
        ("why", saved.reason),
        ("ticket", saved.ticket),
        ("state", _state(saved)),
    ]
    pairs += [("table", f"{each.relation}: {counted(each.rows, 'row')}") for each in saved.tables]
    if triggers:
        pairs.append(("not kept", f"what triggers wrote ({', '.join(triggers)})"))
    lines = [facts((name, value) for name, value in pairs if value), ""]
    for image in details.images[:_MOST_ROWS]:
        lines += _image_lines(image, relations.get(image.relation))
    if len(details.images) > _MOST_ROWS:
        lines.append(f"and {counted(len(details.images) - _MOST_ROWS, 'row')} more; --json has all")
    return "\n".join(lines).rstrip()


def shortfalls_text(inverse: Inverse) -> list[str]:
    """Say what is not taken back, a line each."""
    lines = []
    for each in inverse.shortfalls:
        columns = f": {', '.join(each.columns)}" if each.columns else ""
        lines.append(f"-- not taken back: {counted(each.rows, 'row')} of {each.relation} ({GAPS[each.gap]}{columns})")
    return lines


def _line(saved: SavedSet) -> tuple[object, ...]:
    tables = ", ".join(str(each.relation) for each in saved.tables)
    why = " · ".join(filter(None, (saved.ticket, saved.reason)))
    who = saved.origin.account or saved.origin.role
    return saved.short_id, _moment(saved), who, saved.rows, tables, why, _state(saved)


def _moment(saved: SavedSet) -> str:
    return saved.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _state(saved: SavedSet) -> str:
    words = [_STANDINGS[saved.standing]]
    if saved.action is Action.REVEAL:
        words.append("looked at " + ", ".join(saved.columns))
    if saved.action is Action.IMPORT:
        words.append("imported from a file" + ("" if saved.has_rows else ", its rows not kept"))
    if saved.reverts:
        words.append(f"took back {saved.reverts[:8]}")
    words += [f"took back {each.id[:8]}" + ("" if each.is_whole else " in part") for each in saved.takes_back]
    if saved.takes_back:
        words[-1] += ", among other edits" if all(each.is_whole for each in saved.takes_back) else ""
    if saved.reverted_by:
        words.append(f"taken back by {saved.reverted_by[:8]}")
    words += [f"taken back in part by {each[:8]}" for each in saved.in_part_by]
    return ", ".join(filter(None, words))


def _image_data(image: RowImage, relations: Mapping[RelationName, Relation]) -> dict[str, Any]:
    relation = relations.get(image.relation)
    return {
        "relation": image.relation,
        "kind": image.kind,
        "cause": image.cause,
        "key": _key_data(image.key, relation),
        "key_after": _key_data(image.key_after, relation),
        "before": dict(image.before),
        "after": dict(image.after),
    }


def _key_data(key: RowKey | None, relation: Relation | None) -> object:
    if key is None or key.by_place or relation is None or len(relation.key) != len(key.cells):
        return None if key is None or key.by_place else list(key.cells)
    return dict(zip(relation.key, key.cells, strict=True))


def _image_lines(image: RowImage, relation: Relation | None) -> Iterable[str]:
    key = image.key or image.key_after
    cause = f" ({_CAUSES[image.cause]})" if _CAUSES[image.cause] else ""
    yield f"{_KINDS[image.kind]} {image.relation} {_key_text(key, relation)}{cause}".rstrip()
    for name in dict.fromkeys((*image.before, *image.after)):
        before, after = _cell(image.before, name), _cell(image.after, name)
        sides = f"{before} → {after}" if image.kind is ChangeKind.UPDATE else before or after
        yield f"    {name}: {sides}"


def _cell(cells: Mapping[str, Cell], name: str) -> str:
    if name not in cells:
        return ""
    text = shown(cells[name])
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _key_text(key: RowKey | None, relation: Relation | None) -> str:
    if key is None or key.by_place:
        return ""
    names = relation.key if relation is not None and len(relation.key) == len(key.cells) else ()
    cells = [shown(cell) for cell in key.cells]
    return ", ".join(f"{name} = {cell}" for name, cell in zip(names, cells, strict=True)) if names else ", ".join(cells)
