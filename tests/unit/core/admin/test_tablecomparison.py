"""Two tables compared in one pass: what is counted, what is kept, and in which order keys are walked through."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.tablecomparison import (
    Fate,
    Tally,
    merge,
    shared_columns,
)
from nexus_studio.core.data.copiedkeys import by_bytes, by_number, cells_of
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TABLES = st.dictionaries(st.integers(-50, 50), st.sampled_from("abc"), max_size=20)
LISTS = st.lists(st.sampled_from("abcdef"), max_size=20)


def _walk(then: list[bytes], now: list[bytes], *, limit: int = 200, width: int = 1) -> Tally:
    tally = Tally(limit)
    merge(then, now, by_number if width else by_bytes, tally, width=width)
    return tally


def _marks(table: dict[int, str]) -> list[bytes]:
    return [f"{key}\t{table[key]}\n".encode() for key in sorted(table)]


@given(TABLES, TABLES)
def test_rows_are_found_by_their_keys(then: dict[int, str], now: dict[int, str]) -> None:
    tally = _walk(_marks(then), _marks(now))
    expected = {
        Fate.ONLY_IN_BACKUP: then.keys() - now.keys(),
        Fate.ONLY_NOW: now.keys() - then.keys(),
        Fate.CHANGED: {key for key in then.keys() & now.keys() if then[key] != now[key]},
    }
    assert (tally.rows_then, tally.rows_now) == (len(then), len(now))
    for fate, keys in expected.items():
        assert tally.counts[fate] == len(keys)
        assert [int(key[0]) for key in tally.kept[fate]] == sorted(keys)


@given(LISTS, LISTS)
def test_without_a_key_copies_are_counted(then: list[str], now: list[str]) -> None:
    tally = _walk([f"{row}\n".encode() for row in sorted(then)], [f"{row}\n".encode() for row in sorted(now)], width=0)
    gone, new = Counter(then) - Counter(now), Counter(now) - Counter(then)
    assert tally.counts == {Fate.ONLY_IN_BACKUP: gone.total(), Fate.ONLY_NOW: new.total(), Fate.CHANGED: 0}
    assert {key[0].decode(): number for key, number in tally.kept[Fate.ONLY_IN_BACKUP].items()} == gone


def test_all_are_counted_and_the_first_are_kept() -> None:
    tally = _walk(_marks(dict.fromkeys(range(1000), "a")), [], limit=3)
    assert tally.counts[Fate.ONLY_IN_BACKUP] == 1000
    assert list(tally.kept[Fate.ONLY_IN_BACKUP]) == [(b"0",), (b"1",), (b"2",)]


def test_numbers_go_before_texts_of_numbers() -> None:
    assert by_number((b"9",)) < by_number((b"10",))
    assert by_bytes((b"10",)) < by_bytes((b"9",))


def test_keys_are_read_as_copy_writes_them() -> None:
    written = (rb"a\tb\nc\\d\re", "é 😀".encode())
    assert cells_of(written) == ("a\tb\nc\\d\re", "é 😀")
    assert by_bytes((rb"\t",)) < by_bytes((b" ",))


def _relation(key: tuple[str, ...], **types: str) -> Relation:
    columns = tuple(
        Column(name, PgType(0, type_, type_, type_, TypeKind.TEXT), index, may_select=type_ != "hidden")
        for index, (name, type_) in enumerate(types.items(), start=1)
    )
    return Relation(RelationName("public", "t"), RelationKind.TABLE, columns, key=key)


def test_only_columns_of_both_are_compared_and_the_others_are_named() -> None:
    found = shared_columns(_relation(("id",), id="int4", a="text", old="text"), _relation(("id",), id="int8", b="text"))
    assert found.names == ("id",)
    assert found.key == ("id",)
    assert {(each.name, each.then, each.now) for each in found.differences} == {
        ("id", "int4", "int8"),
        ("a", "text", ""),
        ("b", "", "text"),
        ("old", "text", ""),
    }


def test_a_key_that_the_backup_lacks_is_none() -> None:
    assert shared_columns(_relation((), a="text"), _relation(("id",), id="int8", a="text")).key == ()
    assert shared_columns(_relation((), id="hidden", a="text"), _relation(("id",), id="int8", a="text")).key == ()
