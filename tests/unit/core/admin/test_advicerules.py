"""The rules of advice at their edges; what is built on a real server is in tests/integration/services/health."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.advice import CODES, Action, Advice, Gravity, Risk, gravest_first
from nexus_studio.core.admin.advicefacts import (
    ForeignKeyFacts,
    Health,
    Holder,
    HolderKind,
    IndexFacts,
    IndexNeed,
    OldestDatabase,
    SequenceOwner,
    SlotKeeping,
    TableFacts,
    UncheckedConstraint,
    Upkeep,
)
from nexus_studio.core.admin.advicerules import due_rows, judged
from nexus_studio.core.admin.sizes import IndexSize, RelationSize
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import RelationKind

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DAY = timedelta(days=1)
T, P, U = (RelationName("public", name) for name in ("t", "p", "u"))
MB = 1024**2
UPKEEP = Upkeep(
    autovacuum=True,
    counts=True,
    vacuum_rows=50,
    vacuum_share=0.2,
    analyze_rows=50,
    analyze_share=0.1,
    freeze_max_age=200_000_000,
    started_at=NOW - 100 * DAY,
    counted_since=None,
)


def table(name: RelationName = T, **more: Any) -> TableFacts:
    return TableFacts(**{"name": name, "kind": "r", "options": {}, **more})


def size(name: RelationName = T, **more: Any) -> RelationSize:
    usual = {"table_bytes": 8192, "index_bytes": 0, "toast_bytes": 0, "rows": 100, "dead_rows": 0}
    return RelationSize(**{"name": name, "kind": RelationKind.TABLE, **usual, "last_manual_analyze": NOW, **more})


def index(name: str = "i", *numbers: str, **more: Any) -> IndexFacts:
    key = tuple((number, "1978", "0", "0") for number in numbers or ("1",))
    columns = tuple(f"c{number}" for number in numbers or ("1",))
    return IndexFacts(**{"relation": T, "name": name, "method": "btree", "key": key, "columns": columns, **more})


def health(**more: Any) -> Health:
    usual = {"now": NOW, "upkeep": UPKEEP, "sizes": {T: size()}, "tables": {T: table()}}
    return Health(**{**usual, **more})


def codes(**more: Any) -> list[str]:
    return [each.code for each in judged(health(**more))]


def only(**more: Any) -> Advice:
    (advice,) = judged(health(**more))
    return advice


def dead(rows: int, live: int, **more: Any) -> dict[RelationName, RelationSize]:
    return {T: size(rows=live, dead_rows=rows, **more)}


def test_a_healthy_table_gets_none() -> None:
    assert codes() == []


# --- who holds back

SINCE = NOW - timedelta(minutes=10)
LATER = NOW - timedelta(minutes=5)
IDLER = Holder(HolderKind.TRANSACTION, "4711", 9, since=SINCE, application="psql", state="idle in transaction")
HELD = dead(1000, 9000, last_manual_vacuum=LATER)


def test_dead_rows_after_a_vacuum_that_came_later_are_held() -> None:
    advice = only(holders=[IDLER], sizes=HELD)
    assert (advice.code, advice.gravity, advice.name) == ("held_back.transaction", Gravity.URGENT, "4711")
    assert advice.evidence == {
        "pid": 4711,
        "application": "psql",
        "state": "idle in transaction",
        "since": SINCE,
        "age_transactions": 9,
        "dead_rows": 1000,
        "tables": ("t",),
        "vacuum_left_them_at": LATER,
    }


@pytest.mark.parametrize(
    "sizes",
    [
        dead(999, 1000, last_manual_vacuum=LATER),
        dead(1000, 9001, last_manual_vacuum=LATER),
        dead(1000, 9000, last_manual_vacuum=SINCE - DAY),
        dead(1000, 9000),
    ],
    ids=["too few", "too small a share", "vacuumed before", "never vacuumed"],
)
def test_what_is_not_held(sizes: dict[RelationName, RelationSize]) -> None:
    assert codes(holders=[IDLER], sizes=sizes) == []


def test_what_is_open_for_an_hour_and_has_much_to_hold() -> None:
    old = replace(IDLER, since=NOW - timedelta(minutes=61))
    vacuumed = {"last_manual_vacuum": NOW - timedelta(hours=3)}
    assert only(holders=[old], sizes=dead(10_000, 40_000, **vacuumed)).gravity is Gravity.WORTH
    assert codes(holders=[old], sizes=dead(9_999, 30_000, **vacuumed)) == []
    assert codes(holders=[old], sizes=dead(10_000, 41_000, **vacuumed)) == []
    assert (
        codes(holders=[replace(old, since=NOW - timedelta(minutes=59))], sizes=dead(10_000, 40_000, **vacuumed)) == []
    )


def test_whoever_can_not_be_dated_is_blamed_when_nobody_else_can_be() -> None:
    slot = Holder(HolderKind.SLOT, "s", 500, state="physical", is_active=False)
    advice = only(holders=[slot], sizes=HELD)
    assert (advice.code, advice.evidence["in_use"], "pid" in advice.evidence) == ("held_back.slot", False, False)
    assert codes(holders=[replace(slot, is_active=True)], sizes=HELD) == []
    assert codes(holders=[replace(slot, is_active=True, age=1_000_000)], sizes=HELD) == ["held_back.slot"]
    assert codes(holders=[replace(slot, is_active=True, age=1_000_000)], sizes=dead(1000, 9000)) == []
    older = replace(IDLER, age=600)
    assert codes(holders=[older, slot], sizes=HELD) == ["held_back.transaction"]
    assert codes(holders=[replace(older, age=400), slot], sizes=HELD) == ["held_back.transaction", "held_back.slot"]
    hidden = replace(IDLER, since=None, state="")  # the role may not see since when
    assert codes(holders=[hidden], sizes=HELD) == []
    assert codes(holders=[replace(hidden, age=2_000_000)], sizes=HELD) == ["held_back.transaction"]
    standby = Holder(HolderKind.STANDBY, "walreceiver", 2_000_000)
    assert only(holders=[standby], sizes=HELD).risk is Risk.READS


def test_a_partitioned_table_is_not_named_beside_its_partition() -> None:
    sizes = {
        T: size(rows=5000, dead_rows=5000, last_manual_vacuum=LATER, parent=P),
        P: size(P, kind=RelationKind.PARTITIONED, rows=5000, dead_rows=5000, last_manual_vacuum=LATER),
    }
    tables = {T: table(is_part=True), P: table(P, kind="p")}
    assert only(holders=[IDLER], sizes=sizes, tables=tables).evidence["tables"] == ("t",)


def test_a_slot_that_keeps_the_log() -> None:
    slot = SlotKeeping("gone", 1024**3, is_active=False, kind="logical", database="shop")
    advice = only(slots=[slot])
    assert (advice.code, advice.risk, advice.evidence["kept_bytes"]) == ("slot.keeps_wal", Risk.ENDS, 1024**3)
    assert codes(slots=[replace(slot, is_active=True)]) == []
    assert codes(slots=[replace(slot, kept_bytes=1024**3 - 1)]) == []


# --- upkeep


def test_when_autovacuum_comes() -> None:
    assert due_rows(health(), table(), 1000) == 250
    options = {"autovacuum_vacuum_threshold": "10", "autovacuum_vacuum_scale_factor": "0.5"}
    assert due_rows(health(), table(options=options), 1000) == 510


@pytest.mark.parametrize(
    ("said", "disabled"), [("false", True), ("OFF", True), ("0", True), ("on", False), ("1", False)]
)
def test_how_autovacuum_is_told_to_stay_away(said: str, disabled: bool) -> None:
    assert table(options={"autovacuum_enabled": said}).autovacuum_disabled is disabled


def test_what_is_late() -> None:
    never = dead(4000, 9000)
    assert codes(sizes=never) == ["autovacuum.late"]
    assert codes(sizes=dead(2 * 1850, 9000)) == []  # not more than twice what is due
    assert codes(sizes=dead(4000, 9000, last_autovacuum=NOW - DAY)) == []
    assert codes(sizes=dead(4000, 9000, last_autovacuum=NOW - 2 * DAY)) == ["autovacuum.late"]
    assert codes(sizes=never, tables={T: table(is_vacuumed_now=True)}) == []
    assert codes(sizes=never, tables={}) == []  # an extension's
    assert codes(sizes=dead(4000, 9000, is_distributed=True)) == []
    off = {"autovacuum_enabled": "off"}
    assert codes(sizes=dead(2000, 9000), tables={T: table(options=off)}) == ["autovacuum.disabled"]
    assert codes(sizes=dead(1850, 9000), tables={T: table(options=off)}) == []


def test_a_server_that_does_not_count_has_no_autovacuum() -> None:
    assert codes(upkeep=replace(UPKEEP, counts=False)) == ["autovacuum.off"]


def test_statistics() -> None:
    unknown = {T: table(has_statistics=False)}
    big = {T: size(table_bytes=512 * 1024, last_manual_analyze=None)}
    assert codes(sizes=big, tables=unknown) == ["statistics.missing"]
    assert codes(sizes={T: size(table_bytes=511 * 1024, last_manual_analyze=None)}, tables=unknown) == []
    assert codes(sizes={T: size(table_bytes=MB)}, tables=unknown) == []  # analyzed, and there was nothing to know
    assert codes(sizes={T: size(table_bytes=MB, last_manual_analyze=None, is_distributed=True)}, tables=unknown) == []
    old = {T: size(rows=30_000, last_manual_analyze=NOW - 2 * DAY)}
    assert codes(sizes=old, tables={T: table(changes=15_251)}) == ["statistics.stale"]
    assert codes(sizes=old, tables={T: table(changes=15_250)}) == []
    assert codes(sizes={T: size(rows=30_000)}, tables={T: table(changes=99_000)}) == []
    wanted = {"autovacuum_analyze_scale_factor": "0.9"}
    assert codes(sizes=old, tables={T: table(changes=99_000, options=wanted)}) == []


def test_a_standby_is_not_told_of_what_it_does_not_count() -> None:
    there = replace(UPKEEP, autovacuum=False, is_standby=True)
    tables = {T: table(changes=99_000, has_statistics=False, has_primary_key=False)}
    sizes = {T: size(table_bytes=MB, rows=100, dead_rows=90_000, last_manual_analyze=None)}
    old = replace(IDLER, since=NOW - DAY)
    unused = [index()]
    assert codes(upkeep=there, tables=tables, sizes=sizes, holders=[old], indexes=unused) == ["table.no_primary_key"]


# --- tables


def test_bloat() -> None:
    half: dict[str, Any] = {"table_bytes": 32 * MB, "bloat_bytes": 16 * MB}
    assert codes(sizes={T: size(**half)}) == ["table.bloated"]
    assert codes(sizes={T: size(**{**half, "bloat_bytes": 16 * MB - 1})}) == []
    assert codes(sizes={T: size(**{**half, "table_bytes": 33 * MB})}) == []
    assert codes(sizes={T: size(**half, is_locked=True)}) == []  # it is being done, perhaps
    assert codes(sizes={T: size(**{**half, "dead_rows": 20})}) == []  # VACUUM first
    assert codes(sizes={T: size(**{**half, "bloat_bytes": None})}) == []


def test_primary_keys() -> None:
    none = {T: table(has_primary_key=False, key_column="id")}
    advice = only(tables=none)
    assert (advice.columns, advice.index, advice.action) == (("id",), "", Action.RUN)
    assert codes(tables=none, sizes={T: size(table_bytes=0)}) == []
    assert codes(tables=none, sizes={}) == []
    assert codes(tables={T: table(has_primary_key=False, is_part=True)}) == []
    assert codes(tables={T: table(has_primary_key=False, kind="m")}) == []
    assert only(tables={T: table(has_primary_key=False, unique_index="u")}).index == "u"
    above = only(tables={T: table(has_primary_key=False, kind="p", key_column="id")})
    assert (above.columns, above.action) == ((), Action.COPY)


def test_constraints_and_sequences() -> None:
    assert only(unchecked=[UncheckedConstraint(U, "c", "c")]).evidence == {"constraint": "c", "rows": None}
    of_column = SequenceOwner(RelationName("x", "s"), T, "id", "integer", 85.04, 5, is_ending=False)
    advice = only(sequences=[of_column])
    assert (advice.gravity, advice.risk, advice.columns, advice.name) == (Gravity.WORTH, Risk.LOCKS, ("id",), "x.s")
    alone = SequenceOwner(RelationName("x", "s"), None, "", "", 99.0, 5, is_ending=True)
    advice = only(sequences=[alone])
    assert (advice.gravity, advice.risk, advice.columns) == (Gravity.URGENT, Risk.SETTING, ())


def test_numbers_that_run_out() -> None:
    here = OldestDatabase("shop", 900_000_000, 5, is_this=True)
    tables = {T: table(age=900_000_000), U: table(U, age=700_000_000)}
    advice = only(oldest=here, tables=tables)
    assert (advice.code, advice.gravity, advice.action) == ("wraparound.transactions", Gravity.WORTH, Action.RUN)
    assert advice.evidence["oldest_tables"] == ("t",)
    assert advice.evidence["age_transactions"] == 900_000_000
    there = only(oldest=replace(here, is_this=False), tables=tables)
    assert (there.action, there.evidence["oldest_tables"]) == (Action.COPY, ())
    both = OldestDatabase("shop", 1_700_000_000, 1_700_000_000, is_this=True)
    assert [(each.code, each.gravity) for each in judged(health(oldest=both, tables={}))] == [
        ("wraparound.transactions", Gravity.URGENT),
        ("wraparound.multixacts", Gravity.URGENT),
    ]
    assert codes(oldest=replace(here, age=800_000_000)) == []


# --- indexes


def with_indexes(*indexes: IndexFacts, bytes_of: int = MB, fetched: int = 5000, **more: Any) -> dict[str, Any]:
    sizes = tuple(IndexSize(each.name, bytes_of, 0, blocks_fetched=fetched) for each in indexes)
    usual = {"sizes": {T: size(indexes=sizes)}, "tables": {T: table(index_writes=5000)}, "indexes": indexes}
    return {**usual, "upkeep": replace(UPKEEP, counted_since=NOW - 29 * DAY), **more}


LONG_COUNTED = replace(UPKEEP, counted_since=NOW - 30 * DAY, standbys=2)


def test_an_unused_index() -> None:
    advice = only(**with_indexes(index(), upkeep=LONG_COUNTED))
    assert (advice.code, advice.evidence["standbys"]) == ("index.unused", 2)
    assert codes(**with_indexes(index())) == []
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, bytes_of=MB - 1)) == []
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, fetched=2499)) == []  # it is new
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, tables={T: table(index_writes=999)})) == []
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, tables={})) == []
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, sizes={})) == []
    marks: tuple[dict[str, Any], ...] = (
        {"is_unique": True},
        {"is_primary": True},
        {"is_needed": True},
        {"is_part": True},
    )
    for kept in marks:
        assert codes(**with_indexes(index(**kept), upkeep=LONG_COUNTED)) == [], kept
    used = size(indexes=(IndexSize("i", MB, 1, blocks_fetched=5000),))
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, sizes={T: used})) == []
    assert only(**with_indexes(index(is_partitioned=True), upkeep=LONG_COUNTED)).risk is Risk.LOCKS


def test_the_only_index_of_a_foreign_key_is_used() -> None:
    key = ForeignKeyFacts("fk", T, ("c1",), U)
    assert codes(**with_indexes(index(), upkeep=LONG_COUNTED, foreign_keys=[key])) == []
    other = replace(index("j", "1", "2"), is_needed=True)
    both = with_indexes(index(), other, upkeep=LONG_COUNTED, foreign_keys=[key], bytes_of=2 * MB)
    assert codes(**both) == ["index.redundant"]


def test_an_index_gets_one_advice() -> None:
    twins = (index("i"), index("j"), replace(index("k", "1", "2"), is_needed=True))
    found = judged(health(**with_indexes(*twins, upkeep=LONG_COUNTED, btrees=[IndexNeed(T, "j", 99 * MB, MB)])))
    assert [(each.code, each.index) for each in found] == [("index.duplicate", "j"), ("index.redundant", "i")]


def test_which_of_two_equal_indexes_stays() -> None:
    def dropped(*indexes: IndexFacts) -> list[str]:
        return [each.index for each in judged(health(**with_indexes(*indexes)))]

    plain, unique = index("a"), index("b", is_unique=True)
    assert dropped(plain, unique) == ["a"]
    assert dropped(replace(plain, is_needed=True), unique) == []  # it is unique, the other is not
    assert dropped(replace(unique, name="c", is_primary=True), unique) == ["b"]
    assert dropped(replace(unique, name="c", nulls_equal=True), unique) == []
    assert dropped(plain, replace(plain, name="z", predicate="(c1 > 5)")) == []
    assert dropped(plain, replace(plain, name="z", method="hash")) == []
    scanned = size(indexes=(IndexSize("a", MB, 3), IndexSize("z", MB, 7)))
    twins = with_indexes(plain, replace(plain, name="z"), sizes={T: scanned})
    assert [each.index for each in judged(health(**twins))] == ["a"]


@pytest.mark.parametrize(
    ("longer", "is_redundant"),
    [
        ({}, True),
        ({"predicate": "(c9 > 5)"}, False),
        ({"method": "gist"}, False),
        ({"expressions": "lower(c2)"}, False),
        ({"is_valid": False, "is_partitioned": True}, False),
        ({"relation": U}, False),
    ],
)
def test_what_begins_another(longer: dict[str, Any], is_redundant: bool) -> None:
    pair = (index("i"), index("long", "1", "2", **longer))
    assert codes(**with_indexes(*pair)) == (["index.redundant"] if is_redundant else [])


def test_what_an_index_carries_along_must_be_carried_by_the_other() -> None:
    carrying = replace(index("i"), included=frozenset({"c7"}))
    assert codes(**with_indexes(carrying, index("long", "1", "2"))) == []
    assert codes(**with_indexes(carrying, index("long", "1", "7"))) == ["index.redundant"]
    assert codes(**with_indexes(index("i"), index("long", "2", "1"))) == []


def test_invalid_indexes() -> None:
    advice = only(**with_indexes(index("i_ccnew12", is_valid=False)))
    assert (advice.risk, advice.evidence["left_over"]) == (Risk.DROPS, True)
    advice = only(**with_indexes(index("i_ccold", is_valid=False, is_needed=True)))
    assert (advice.risk, advice.action) == (Risk.LOAD, Action.REINDEX)
    assert only(indexes=[index("i", is_valid=False)]).evidence["size_bytes"] is None
    assert codes(**with_indexes(index("i", is_valid=False, is_partitioned=True))) == []  # a part is missing


def test_a_bloated_index() -> None:
    def bloated(size_bytes: int, needed: int, *indexes: IndexFacts) -> list[str]:
        return codes(**with_indexes(*(indexes or (index(),))), btrees=[IndexNeed(T, "i", size_bytes, needed)])

    assert bloated(40 * MB, 16 * MB) == ["index.bloated"]
    assert bloated(40 * MB, 17 * MB) == []
    assert bloated(20 * MB, 5 * MB) == []
    assert bloated(40 * MB, 16 * MB, index("j")) == []  # nobody knows that one


def test_foreign_keys_without_an_index() -> None:
    key = ForeignKeyFacts("fk", T, ("c1", "c2"), U)
    many = {T: size(rows=1000)}

    def missing(*indexes: IndexFacts, **more: Any) -> list[str]:
        return codes(**{"sizes": many, "indexes": indexes, "foreign_keys": [key], **more})

    assert missing() == ["foreign_key.no_index"]
    assert missing(sizes={T: size(rows=999)}) == []
    assert missing(sizes={T: size(rows=None)}) == []
    assert missing(sizes={T: size(rows=5000, is_distributed=True)}) == []
    assert missing(tables={}) == []
    assert missing(index("i", "2", "1", "3")) == []
    assert missing(index("i", "1")) == ["foreign_key.no_index"]
    assert missing(index("i", "1", "3", "2")) == ["foreign_key.no_index"]
    assert missing(index("i", "1", "2", method="brin")) == ["foreign_key.no_index"]
    assert missing(index("i", "1", "2", predicate='("c2" IS NOT NULL)')) == []
    assert missing(index("i", "1", "2", predicate="(c3 IS NOT NULL)")) == ["foreign_key.no_index"]
    assert missing(index("i_ccnew", "1", "2", is_valid=False)) == ["index.invalid", "foreign_key.no_index"]
    advice = only(sizes=many, foreign_keys=[key], tables={T: table(kind="p"), U: table(U, deleted=3)})
    assert (advice.gravity, advice.risk, advice.evidence["deleted_there"]) == (Gravity.WORTH, Risk.LOCKS, 3)


def test_every_advice_is_in_the_docs() -> None:
    page = (Path(__file__).parents[4] / "docs/health.md").read_text(encoding="utf-8")
    assert [code for code in CODES if f"`{code}`" not in page] == []
    assert set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page.partition("## Advice")[2].partition("\n## ")[0])) == set(CODES)


def test_the_gravest_comes_first() -> None:
    def one(code: str, gravity: Gravity, name: str = "") -> Advice:
        return Advice(code, gravity, Risk.LOAD, Action.COPY, name=name)

    mixed = [
        one("index.unused", Gravity.NOTE),
        one("slot.keeps_wal", Gravity.URGENT, "b"),
        one("autovacuum.late", Gravity.WORTH),
        one("slot.keeps_wal", Gravity.URGENT, "a"),
        one("held_back.slot", Gravity.URGENT),
    ]
    assert [(each.code, each.name) for each in gravest_first(mixed)] == [
        ("held_back.slot", ""),
        ("slot.keeps_wal", "a"),
        ("slot.keeps_wal", "b"),
        ("autovacuum.late", ""),
        ("index.unused", ""),
    ]
    assert len(set(CODES)) == len(CODES) >= 12
    assert replace(mixed[0], statements=("A", "B")).sql == "A;\nB;"
    assert mixed[0].sql == ""
