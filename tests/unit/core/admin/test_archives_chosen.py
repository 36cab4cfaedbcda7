"""Some tables or schemas out of a table of contents, with what goes along and what they need."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.archivechoice import Choice, choose
from nexus_studio.core.admin.archives import ArchiveItem, Selection
from nexus_studio.core.admin.restorewords import failure_of, without_values
from nexus_studio.core.names import RelationName

COPY_FAILED = """pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type integer: "secret"
CONTEXT:  COPY t, line 3, column id: "secret"
"""
DUPLICATE = """psql:<stdin>:9: ERROR:  duplicate key value violates unique constraint "t_pkey"
DETAIL:  Key (mail)=(No space left on device) already exists.
CONTEXT:  COPY t, line 7
"""

ITEMS = (
    ArchiveItem("ENCODING", "", "ENCODING", "", 1),
    ArchiveItem("SCHEMA", "", "app", "me", 2),
    ArchiveItem("ACL", "", "SCHEMA app", "me", 3, depends=(2,)),
    ArchiveItem("EXTENSION", "", "citext", "", 4),
    ArchiveItem("COMMENT", "", "EXTENSION citext", "", 5, depends=(4,)),
    ArchiveItem("TYPE", "app", "mood", "me", 6, depends=(2,)),
    ArchiveItem("FUNCTION", "app", "stamp()", "me", 7, depends=(2,)),
    ArchiveItem("TABLE", "app", "people", "me", 10, depends=(2, 4, 6)),
    ArchiveItem("SEQUENCE", "app", "people_id_seq", "me", 11, depends=(2, 10)),
    ArchiveItem("SEQUENCE OWNED BY", "app", "people_id_seq", "me", 12, depends=(11,)),
    ArchiveItem("DEFAULT", "app", "people id", "me", 13, depends=(10, 11)),
    ArchiveItem("TABLE DATA", "app", "people", "me", 14, depends=(10,)),
    ArchiveItem("CONSTRAINT", "app", "people people_pkey", "me", 15, depends=(10,)),
    ArchiveItem("TRIGGER", "app", "people stamp", "me", 16, depends=(10, 7)),
    ArchiveItem("TABLE", "public", "orders", "me", 20),
    ArchiveItem("TABLE DATA", "public", "orders", "me", 21, depends=(20,)),
    ArchiveItem("FK CONSTRAINT", "public", "orders orders_fkey", "me", 22, depends=(20, 10, 15)),
    ArchiveItem("VIEW", "public", "all_orders", "me", 23, depends=(20,)),
    ArchiveItem("TABLE", "public", "parts", "me", 30),
    ArchiveItem("TABLE", "public", "parts_1", "me", 31),
    ArchiveItem("TABLE ATTACH", "public", "parts_1", "me", 32, depends=(30, 31)),
    ArchiveItem("TABLE DATA", "public", "parts_1", "me", 33, depends=(31,)),
    ArchiveItem("PUBLICATION", "", "pub", "me", 40),
)


def chosen(*tables: str, schemas: tuple[str, ...] = ()) -> Choice:
    names = tuple(RelationName(*each.split(".")) for each in tables)
    return choose(ITEMS, Selection(schemas, names))


def ids(items: tuple[ArchiveItem, ...]) -> list[int]:
    return [each.dump_id for each in items]


def test_a_table_comes_with_its_parts_and_what_it_needs() -> None:
    found = chosen("app.people")
    assert found.ids == (1, 2, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16)
    assert ids(found.needed) == [2, 4, 6, 7]
    assert ids(found.left_out) == [22]


def test_a_reference_goes_along_only_with_both_tables() -> None:
    alone, both = chosen("public.orders"), chosen("public.orders", "app.people")
    assert (alone.ids, ids(alone.left_out)) == ((1, 20, 21), [22])
    assert 22 in both.ids
    assert ids(both.left_out) == []


def test_a_view_brings_its_tables() -> None:
    found = chosen("public.all_orders")
    assert found.ids == (1, 20, 21, 23)
    assert ids(found.needed) == [20]


def test_partitions_come_with_their_table_and_not_the_other_way() -> None:
    assert chosen("public.parts").ids == (1, 30, 31, 32, 33)
    one = chosen("public.parts_1")
    assert (one.ids, ids(one.left_out)) == ((1, 31, 33), [32])


def test_a_schema_is_all_that_is_in_it_and_its_privileges() -> None:
    found = chosen(schemas=("app",))
    assert set(found.ids) == {1, 2, 3, 4, 6, 7, 10, 11, 12, 13, 14, 15, 16}
    assert ids(found.needed) == [4]


def test_what_is_not_there_is_said() -> None:
    assert chosen("public.nowhere", "app.people", schemas=("none",)).unknown == ("nowhere", "none")


def test_data_alone_is_chosen_too() -> None:
    data = tuple(each for each in ITEMS if each.kind == "TABLE DATA")
    found = choose(data, Selection(tables=(RelationName("public", "orders"),)))
    assert found.ids == (21,)


@pytest.mark.parametrize(
    ("said", "status", "reason", "words", "place"),
    [
        (
            COPY_FAILED,
            1,
            "statement",
            "invalid input syntax for type integer",
            ("t", 3),
        ),
        (
            DUPLICATE,
            3,
            "statement",
            'duplicate key value violates unique constraint "t_pkey"',
            ("t", 7),
        ),
        (
            'psql:<stdin>:9: ERROR:  could not extend file "base/1/2": No space left on device',
            3,
            "disk_full",
            'could not extend file "base/1/2": No space left on device',
            ("", 0),
        ),
        ("psql:<stdin>:1: ERROR:  out of shared memory\nHINT:  …", 3, "locks", "out of shared memory", ("", 0)),
        (
            'psql: error: connection to server at "x" failed: FATAL:  password authentication failed for user "u"',
            2,
            "connection",
            'password authentication failed for user "u"',
            ("", 0),
        ),
        ("psql:<stdin>:3: server closed the connection unexpectedly", 2, "connection_lost", "ended with 2", ("", 0)),
        (
            'pg_restore: error: could not execute query: ERROR:  role "x" does not exist',
            1,
            "role",
            'role "x" does not exist',
            ("", 0),
        ),
        (
            "pg_restore: error: could not find block ID 5 in archive -- possibly corrupt archive",
            1,
            "archive",
            "could not find block ID 5 in archive -- possibly corrupt archive",
            ("", 0),
        ),
        ("", -9, "killed", "ended by signal 9", ("", 0)),
    ],
)
def test_what_programs_say_is_understood_and_no_value_repeated(
    said: str, status: int, reason: str, words: str, place: tuple[str, int]
) -> None:
    found = failure_of(said, status)
    assert (found.reason, found.words, (found.table, found.line)) == (reason, words, place)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ('value "12345" is out of range for type integer', "value is out of range for type integer"),
        ('date/time field value out of range: "2020-13-01"', "date/time field value out of range"),
        ('invalid byte sequence for encoding "UTF8": 0xff', 'invalid byte sequence for encoding "UTF8"'),
        ('relation "t" does not exist', 'relation "t" does not exist'),
        ('invalid input value for enum mood: "sad"', "invalid input value for enum mood"),
    ],
)
def test_values_are_taken_out_of_the_servers_words(said: str, left: str) -> None:
    assert " ".join(without_values(said).split()).rstrip(": ") == left
