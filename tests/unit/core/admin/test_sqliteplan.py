"""Which table of a SQLite file goes where, and in which order."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.sqliteimport import SqliteColumn, SqliteTable, Wishes, load_order, normal, plan_import
from nexus_studio.core.errors import ImportRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, ForeignKey, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT)


def name(text: str) -> RelationName:
    return RelationName("public", text)


def relation(table: str, *columns: str, to: tuple[str, ...] = ()) -> Relation:
    made = tuple(Column(each, TEXT, number) for number, each in enumerate(columns or ("id",), start=1))
    keys = tuple(ForeignKey(f"{table}_{other}", name(table), ("id",), name(other), ("id",)) for other in to)
    return Relation(name(table), RelationKind.TABLE, made, foreign_keys=keys)


def source(table: str, *columns: str) -> SqliteTable:
    return SqliteTable(table, tuple(map(SqliteColumn, columns or ("id",))), 1)


def plan(sources: list[SqliteTable], *targets: Relation, **wishes: dict[str, str]) -> dict[str, str | None]:
    found = plan_import(sources, {each.name: each for each in targets}, "public", Wishes(**wishes))  # type: ignore[arg-type]
    matched: dict[str, str | None] = {each.source.name: each.target.name.name for each in found.tables}
    return {**dict.fromkeys(found.unmatched), **matched}


@pytest.mark.parametrize(
    ("table", "target"),
    [
        ("users", "users"),
        ("User", "users"),
        ("Session Bookings", "session_bookings"),
        ("SessionBooking", "session_bookings"),
        ("Category", "categories"),
        ("Address", "addresses"),
        ("status", "status"),
        ("people", None),
    ],
)
def test_tables_by_name(table: str, target: str | None) -> None:
    targets = map(relation, ("users", "session_bookings", "categories", "addresses", "status"))
    assert plan([source(table)], *targets) == {table: target}


def test_a_likeness_of_two_is_none() -> None:
    assert plan([source("UserRole")], relation("user_role"), relation("userRole")) == {"UserRole": None}
    assert plan([source("userRole")], relation("user_role"), relation("userRole")) == {"userRole": "userRole"}
    assert plan([source("Item")], relation("item"), relation("items")) == {"Item": "item"}


def test_columns_and_wishes() -> None:
    target = relation("people", "id", "created_at", "fullName")
    found = plan_import(
        [source("Folk", "ID", "createdAt", "name", "age")],
        {target.name: target},
        "public",
        Wishes({"Folk": "people", "Folk.name": "people.fullName", "Folk.age": ""}),
    )
    (table,) = found.tables
    assert {each.source: each.target.name for each in table.columns} == {
        "ID": "id",
        "createdAt": "created_at",
        "name": "fullName",
    }
    assert table.unmatched == ()
    with pytest.raises(ImportRefused) as caught:
        plan([source("a", "x", "X_")], relation("a", "x"))
    assert caught.value.code == "import.map_twice"
    with pytest.raises(ImportRefused) as caught:
        plan([source("user"), source("Users")], relation("users"))
    assert caught.value.code == "import.map_twice"
    assert normal('created_At" ') == "createdat"


def test_what_others_refer_to_comes_first() -> None:
    tables = {
        each.name: each
        for each in (
            relation("a", to=("b", "a")),
            relation("b", to=("c",)),
            relation("c"),
            relation("d", to=("e",)),
            relation("e", to=("d", "gone")),
        )
    }
    order, circular = load_order(tables)
    places = [each.name for each in order]
    assert places.index("c") < places.index("b") < places.index("a")
    assert [key.name for key in circular] == ["e_d"]
