"""Which backups stay: the rule by the calendar of a zone, and what no rule takes away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.archives import ArchiveKind
from nexus_studio.core.admin.backupfiles import BackupRecord
from nexus_studio.core.admin.backups import Proof
from nexus_studio.core.admin.retention import LibraryEntry, PrunePlan, RetentionRule, Standing, plan, standing_of
from nexus_studio.core.profiles import ConnectionProfile

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=PARIS)
PROFILE = ConnectionProfile("prod", host="db", database="shop")
PROOF = Proof(NOW, "embedded", "16.4", 1.0, 3)
NOTHING = RetentionRule(0, 0, 0, 0)


def entry(
    made_at: datetime, standing: Standing = Standing.UNPROVEN, *, name: str = "", database: str = "shop", **more: object
) -> LibraryEntry:
    file = Path("/b") / (name or f"{made_at.astimezone(UTC):%Y%m%dT%H%M%S%f}.dump")
    record = BackupRecord(file.name, "db:5432", database, made_at, 100, "", "pg_dump 16.4", **more)  # type: ignore[arg-type]
    if standing is Standing.FOREIGN:
        return LibraryEntry(file, None, ArchiveKind.CUSTOM, 100, made_at, standing)
    return LibraryEntry(file, record, ArchiveKind.CUSTOM, 100, made_at, standing)


def days_ago(*days: float, standing: Standing = Standing.UNPROVEN) -> list[LibraryEntry]:
    return [entry(NOW - timedelta(days=each), standing) for each in days]


def reasons(found: PrunePlan) -> dict[datetime, tuple[str, ...]]:
    return {each.entry.made_at: each.why for each in found.kept}


def test_each_of_the_last_days_weeks_and_months_keeps_one() -> None:
    entries = days_ago(*range(400))
    found = plan(entries, RetentionRule(daily=7, weekly=4, monthly=12, at_least=3), NOW, PROFILE)
    by_reason = {
        reason: [each.entry.made_at for each in found.kept if reason in each.why]
        for reason in ("daily", "weekly", "monthly", "at_least", "newest")
    }
    assert by_reason["daily"] == [NOW - timedelta(days=each) for each in range(7)]
    assert [f"{each:%a %d}" for each in by_reason["weekly"]] == ["Mon 30", "Sun 29", "Sun 22", "Sun 15"]
    assert [f"{each:%m-%d}" for each in by_reason["monthly"]][:4] == ["11-30", "10-31", "09-30", "08-31"]
    assert len(by_reason["monthly"]) == 12
    assert by_reason["at_least"] == [NOW - timedelta(days=each) for each in range(3)]
    assert by_reason["newest"] == [NOW]
    assert len(found.kept) + len(found.dropped) == 400
    assert found.freed_bytes == 100 * len(found.dropped)


def test_a_day_is_one_of_the_zones_calendar() -> None:
    late, early = (datetime(2026, 11, 28, hour, 30, tzinfo=UTC) for hour in (22, 23))  # 23:30 and 0:30 in Paris
    rule = RetentionRule(daily=9, weekly=0, monthly=0, at_least=0)
    assert len(plan([entry(late), entry(early)], rule, NOW, PROFILE).kept) == 2
    assert len(plan([entry(late), entry(early)], rule, NOW.astimezone(UTC), PROFILE).kept) == 1


def test_a_day_is_one_where_clocks_were_changed_meanwhile() -> None:
    summer = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)  # 0:30 on the 2nd in Paris, 23:30 on the 1st by winter's offset
    rule = RetentionRule(daily=9, weekly=0, monthly=0, at_least=0)
    assert len(plan([entry(summer), entry(summer + timedelta(hours=12))], rule, NOW, PROFILE).kept) == 1


def test_two_servers_that_took_turns_at_one_address_are_two() -> None:
    """A tunnel to this server today and to that one tomorrow: what one has is no substitute for what the other had."""
    old = entry(NOW - timedelta(days=90), Standing.PROVEN, system="1")
    unknown = entry(NOW - timedelta(days=80), Standing.PROVEN)
    new = entry(NOW - timedelta(days=1), Standing.PROVEN, system="2")
    of_each = {system: plan([old, unknown, new], NOTHING, NOW, PROFILE, system) for system in ("1", "2", "")}
    assert [each.entry for each in of_each["1"].kept if "other_database" in each.why] == [new]
    assert [each.entry for each in of_each["2"].kept if "other_database" in each.why] == [old]
    assert of_each["1"].dropped == (old,)
    assert of_each["2"].dropped == (unknown,)
    assert of_each[""].dropped == (unknown, old)


def test_the_last_proven_one_and_the_newest_stay_whatever_the_rule() -> None:
    proven = [*days_ago(90, 60, standing=Standing.PROVEN)]
    others = days_ago(1, 2, 3)
    found = plan([*proven, *others], NOTHING, NOW, PROFILE)
    assert reasons(found) == {
        NOW - timedelta(days=1): ("newest",),
        NOW - timedelta(days=60): ("last_proven",),
    }


def test_what_was_restored_well_stands_for_its_day() -> None:
    good = entry(NOW - timedelta(hours=9), Standing.PROVEN)
    bad = entry(NOW - timedelta(hours=5), Standing.NOT_PROVEN)
    later = entry(NOW + timedelta(days=1))
    found = plan([good, bad, later], RetentionRule(2, 0, 0, 0), NOW, PROFILE)
    assert found.dropped == (bad,)


def test_a_backup_that_could_not_be_proven_is_better_than_none() -> None:
    bad = days_ago(1, 2, 3, standing=Standing.NOT_PROVEN)
    assert plan(bad, RetentionRule(2, 0, 0, 0), NOW, PROFILE).dropped == (bad[2],)


def test_what_is_not_ours_or_not_whole_is_left_alone() -> None:
    newest = entry(NOW)
    foreign = entry(NOW - timedelta(days=9), Standing.FOREIGN)
    proven_foreign = entry(NOW - timedelta(days=8), Standing.PROVEN, reason="foreign")
    other = entry(NOW - timedelta(days=7), database="other")
    altered = entry(NOW - timedelta(days=6), Standing.ALTERED)
    gone = entry(NOW - timedelta(days=5), Standing.GONE)
    found = plan([foreign, proven_foreign, other, altered, gone, newest], NOTHING, NOW, PROFILE)
    assert found.dropped == ()
    assert [each.why for each in found.kept] == [
        ("newest",),
        ("altered",),
        ("other_database",),
        ("foreign",),
        ("foreign",),
    ]
    assert gone not in [each.entry for each in found.kept]


def test_an_altered_one_stands_for_no_day() -> None:
    altered, whole = entry(NOW - timedelta(hours=1), Standing.ALTERED), entry(NOW - timedelta(hours=9))
    found = plan([altered, whole], NOTHING, NOW, PROFILE)
    assert reasons(found)[whole.made_at] == ("newest",)


def test_what_was_kept_before_rows_were_lost_stays_for_a_month() -> None:
    young, old = (entry(NOW - timedelta(days=each), reason="reset") for each in (29, 31))
    found = plan([young, old, *days_ago(0)], NOTHING, NOW, PROFILE)
    assert found.dropped == (old,)
    assert reasons(found)[young.made_at] == ("safety",)


def test_a_part_is_no_substitute_for_the_whole() -> None:
    whole = entry(NOW - timedelta(hours=20))
    structure = entry(NOW - timedelta(hours=10), contents="schema")
    table = entry(NOW - timedelta(hours=5), options=("--table",))
    older_table = entry(NOW - timedelta(hours=6), options=("--table",))
    found = plan([whole, structure, table, older_table], NOTHING, NOW, PROFILE)
    assert found.dropped == ()
    assert reasons(found)[older_table.made_at] == ("partial",)
    scheduled = [
        entry(NOW - timedelta(days=each), options=("--table", "--no-sync"), reason="scheduled") for each in range(3)
    ]
    assert plan([whole, *scheduled], NOTHING, NOW, PROFILE).dropped == tuple(scheduled[1:])


def test_a_rule_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        RetentionRule(daily=-1)


@pytest.mark.parametrize(
    ("changes", "size", "standing"),
    [
        ({}, 100, Standing.UNPROVEN),
        ({"proven_at": NOW}, 100, Standing.PROVEN),
        ({"proven_at": NOW, "proof": PROOF}, 100, Standing.PROVEN),
        ({"proven_at": NOW, "proof": replace(PROOF, problems=("no",))}, 100, Standing.NOT_PROVEN),
        ({"proof": replace(PROOF, missing_extensions=("x",))}, 100, Standing.NOT_PROVEN),
        ({"proof": replace(PROOF, missing_extensions=("x",)), "proven_at": NOW}, 100, Standing.PROVEN),
        ({"proven_at": NOW}, 99, Standing.ALTERED),
        ({"proven_at": NOW}, None, Standing.GONE),
    ],
)
def test_how_a_backup_stands(changes: dict[str, object], size: int | None, standing: Standing) -> None:
    record = entry(NOW).record
    assert record is not None
    assert standing_of(replace(record, **changes), size) is standing  # type: ignore[arg-type]


def test_without_a_sidecar_it_is_foreign() -> None:
    assert standing_of(None, 7) is Standing.FOREIGN


NUMBERS = st.integers(0, 5)
STANDINGS = st.sampled_from(
    [Standing.PROVEN, Standing.UNPROVEN, Standing.NOT_PROVEN, Standing.ALTERED, Standing.FOREIGN]
)


@given(
    st.lists(st.tuples(st.integers(0, 24 * 800), STANDINGS, st.sampled_from(["shop", "other"])), max_size=40),
    st.builds(RetentionRule, NUMBERS, NUMBERS, NUMBERS, NUMBERS),
)
def test_whatever_there_is_the_last_ones_stay(found: Sequence[tuple[int, Standing, str]], rule: RetentionRule) -> None:
    entries = [
        entry(NOW - timedelta(hours=hours), standing, name=f"{number}.dump", database=database)
        for number, (hours, standing, database) in enumerate(found)
    ]
    result = plan(entries, rule, NOW, PROFILE)
    assert sorted([each.entry.file for each in result.kept] + [each.file for each in result.dropped]) == sorted(
        each.file for each in entries
    )
    dropped = set(result.dropped)
    assert all(each.record is not None and each.record.database == "shop" for each in dropped)
    own = [each for each in entries if each.record and each.record.database == "shop"]
    whole = sorted((each for each in own if each.standing is not Standing.ALTERED), key=lambda each: each.made_at)
    assert not dropped & {each for each in own if each.standing is Standing.ALTERED}
    if whole:
        assert any(each not in dropped and each.made_at == whole[-1].made_at for each in whole)
    proven = [each for each in whole if each.standing is Standing.PROVEN]
    if proven:
        assert any(each not in dropped and each.made_at == proven[-1].made_at for each in proven)
    assert len([each for each in whole if each not in dropped]) >= min(rule.at_least, len(whole))
    again = plan([each for each in entries if each not in dropped], rule, NOW, PROFILE)
    assert again.dropped == ()  # once is enough


def test_pruned_every_day_two_years_leave_what_the_rule_says() -> None:
    rule = RetentionRule(daily=7, weekly=4, monthly=12, at_least=3)
    kept: list[LibraryEntry] = []
    for day in range(730):
        now = NOW + timedelta(days=day)
        kept.append(entry(now - timedelta(hours=1)))
        dropped = plan(kept, rule, now, PROFILE).dropped
        kept = [each for each in kept if each not in dropped]
    months = {(each.made_at.year, each.made_at.month) for each in kept}
    assert len(months) == 12
    assert len(kept) <= 7 + 4 + 12
    assert len({each.made_at.date() for each in kept}) == len(kept)


def test_copies_in_another_folder_of_the_library_are_no_backups_more() -> None:
    made = [NOW - timedelta(days=each, hours=1) for each in range(40)]
    originals = [replace(each, record=replace(each.record, sha256=str(each.made_at))) for each in map(entry, made)]  # type: ignore[type-var]
    copies = [replace(each, file=Path("/nas") / each.file.name) for each in originals]
    rule = RetentionRule(daily=7, weekly=4, monthly=12, at_least=10)
    alone, both = plan(originals, rule, NOW, PROFILE), plan([*originals, *copies], rule, NOW, PROFILE)
    kept = {each.entry.file.name for each in alone.kept}
    assert {each.entry.file for each in both.kept} == {Path(f"{at}/{name}") for name in kept for at in ("/b", "/nas")}


def test_backups_of_a_clock_that_went_ahead_stay_and_take_no_ones_place() -> None:
    ahead = days_ago(*(-400.0 - each for each in range(20)), standing=Standing.PROVEN)
    right = days_ago(*range(400))
    rule = RetentionRule(daily=7, weekly=4, monthly=12, at_least=3)
    alone, both = plan(right, rule, NOW, PROFILE), plan([*ahead, *right], rule, NOW, PROFILE)
    assert {each.entry.file for each in both.kept} == {each.entry.file for each in (*alone.kept,)} | {
        each.file for each in ahead
    }
    assert all(each.why == ("future",) for each in both.kept if each.entry.made_at > NOW + timedelta(days=2))
