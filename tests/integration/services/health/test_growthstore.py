"""The store of samples: small, shared by processes, and never in the way when it is torn."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName
from nexus_studio.services.health.growthstore import GrowthStore

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B = RelationName("public", "a"), RelationName("odd; schema", 'b"')

Sizes = dict[RelationName, tuple[int, int | None]]


@pytest.fixture
def store(tmp_path: Path) -> GrowthStore:
    return GrowthStore(tmp_path / "growth" / "d.sqlite")


def five_thousand(chance: random.Random) -> Sizes:
    """Sizes as they are: many small ones, some of gigabytes, rows to match, names as people give them."""
    sizes: Sizes = {}
    for number in range(5000):
        pages = int(chance.lognormvariate(5, 3)) + 1
        sizes[RelationName(f"tenant_{number % 40:03}", f"session_bookings_{number:04}")] = (pages * 8192, pages * 37)
    return sizes


def test_what_is_put_in_comes_out(store: GrowthStore) -> None:
    assert (store.moments(), store.series(None).samples, store.at(NOON)) == ((), (), ())
    assert not store.file.exists()
    assert store.add(NOON, 1000, {A: (10, 1), B: (20, None)}, parts=[B])
    assert store.add(NOON + HOUR, 1100, {A: (15, 2)})
    assert store.moments() == (NOON, NOON + HOUR)
    assert [(s.taken_at, s.total_bytes, s.rows) for s in store.series(None).samples] == [
        (NOON, 1000, None),
        (NOON + HOUR, 1100, None),
    ]
    assert [(s.total_bytes, s.rows) for s in store.series(A).samples] == [(10, 1), (15, 2)]
    assert [s.total_bytes for s in store.series(A, NOON + timedelta(seconds=1)).samples] == [15]
    assert [(s.relation, s.total_bytes, s.rows) for s in store.series(B).samples] == [(B, 20, None)]
    assert store.series(RelationName("public", "none")).samples == ()
    assert [s.relation for s in store.at(NOON)] == [A]  # b is in what it is a part of
    assert [s.relation for s in store.at(NOON, with_parts=True)] == [B, A]
    assert [s.total_bytes for s in store.at(NOON + timedelta(minutes=59))] == [10]
    assert [s.total_bytes for s in store.at(NOON + 9 * HOUR)] == [15]
    assert [s.taken_at for s in store.at(NOON - 9 * HOUR)] == [NOON]  # there is none before


def test_samples_keep_apart(store: GrowthStore) -> None:
    apart = timedelta(minutes=50)
    assert store.add(NOON, 1, {}, apart=apart)
    assert not store.add(NOON + timedelta(minutes=49), 1, {}, apart=apart)
    assert not store.add(NOON - timedelta(minutes=49), 1, {}, apart=apart)
    assert store.add(NOON + timedelta(minutes=50), 1, {}, apart=apart)
    assert not store.add(NOON, 2, {})
    assert len(store.moments()) == 2


def test_a_partition_may_become_a_table(store: GrowthStore) -> None:
    store.add(NOON, 1, {A: (1, 1)}, parts=[A])
    assert store.at(NOON) == ()
    store.add(NOON + HOUR, 1, {A: (1, 1)})
    assert len(store.at(NOON + HOUR)) == 1


def test_a_sample_of_5000_relations_adds_less_than_200_kb(store: GrowthStore) -> None:
    """After compaction, file and all, names included; of days and hours."""
    chance = random.Random(7)
    sizes = five_thousand(chance)
    begin = NOON - timedelta(days=30)
    moments = [begin + timedelta(days=day) for day in range(29)]
    moments += [NOON - n * HOUR for n in range(23, -1, -1)]
    for moment in moments:
        sizes = {name: (size + 8192 * chance.randint(0, 3), (rows or 0) + 9) for name, (size, rows) in sizes.items()}
        store.add(moment, 10**12, sizes)
    removed = store.compact(NOON + timedelta(days=40))  # hours are days by then, and the oldest days weeks
    samples = len(store.moments())
    assert removed > 20
    assert samples > 20
    size = sum(each.stat().st_size for each in store.file.parent.iterdir())
    assert size / samples < 200_000
    first = next(iter(sizes))
    assert store.series(first).samples[-1].total_bytes == sizes[first][0]


def test_compacting_gives_the_room_back(store: GrowthStore) -> None:
    sizes = {RelationName("public", f"t{n}"): (n * 8192, n) for n in range(1000)}
    for day in range(100):
        store.add(NOON + timedelta(minutes=day), 1, sizes)
    store.add(NOON + 2 * HOUR, 1, {A: (1, 1)})
    full = store.file.stat().st_size
    assert store.compact(NOON + 2 * HOUR) == 98  # the last of each hour stays
    assert store.file.stat().st_size < full / 10
    assert store.compact(NOON + 2 * HOUR) == 0
    assert store.compact(NOON + timedelta(days=4)) == 2  # the last of the day: only a is left, and its name
    with sqlite3.connect(store.file) as database:
        assert database.execute("SELECT schema, name FROM relation").fetchall() == [("public", "a")]
    database.close()


_WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from nexus_studio.core.names import RelationName
from nexus_studio.services.health.growthstore import GrowthStore
store = GrowthStore(Path(sys.argv[1]))
begin = datetime(2026, 11, 30, 12, tzinfo=UTC)
added = 0
sys.stdin.readline()
for n in range(60):
    sizes = {RelationName("public", f"t{i}"): (n, i) for i in range(200)}
    added += store.add(begin + timedelta(minutes=n), n, sizes)
    if n % 20 == 0:
        store.compact(begin)
print(added)
"""


def test_two_processes_at_once(store: GrowthStore) -> None:
    """Both make the file, and both take the same samples: each is there once and whole."""
    command = [sys.executable, "-c", _WRITER, str(store.file)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for each in both:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    added = [int(each.communicate(timeout=60)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert sum(added) >= 60
    database = sqlite3.connect(store.file)
    counts = database.execute("SELECT count(*) FROM size GROUP BY sample").fetchall()
    assert {count for (count,) in counts} == {200}
    assert len(counts) == len(store.moments())
    assert database.execute("SELECT count(*), count(DISTINCT name) FROM relation").fetchone() == (200, 200)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.logs("growth store was torn")
@pytest.mark.parametrize("damage", ["not a database", "begins otherwise", "cut off", "a page of noise"])
def test_a_torn_file_is_put_aside_and_said(store: GrowthStore, damage: str) -> None:
    for hour in range(30):
        store.add(NOON + hour * HOUR, 1, {RelationName("public", f"t{n}"): (n, n) for n in range(300)})
    content = store.file.read_bytes()
    page = 4096
    assert len(content) > 20 * page
    store.file.write_bytes(
        {
            "not a database": b"Hello " * 1000,
            "begins otherwise": bytes(100) + content[100:],
            "cut off": content[: 5 * page],
            "a page of noise": content[:page] + random.Random(1).randbytes(6 * page) + content[7 * page :],
        }[damage]
    )
    assert store.torn is None
    assert store.add(NOON + 99 * HOUR, 5, {A: (1, 1)})
    assert store.torn is not None
    assert store.torn.exists()
    assert store.moments() == (NOON + 99 * HOUR,)
    assert GrowthStore(store.file).series(A).samples[0].total_bytes == 1


@pytest.mark.logs("growth store was torn")
def test_a_torn_file_is_put_aside_once(store: GrowthStore) -> None:
    """Who found it torn too, but later, does not put the new one aside."""
    store.file.parent.mkdir()
    store.file.write_bytes(b"Hello " * 1000)
    other = GrowthStore(store.file)
    status = store.file.stat()
    assert store.add(NOON, 1, {A: (1, 1)})
    other._put_aside((status.st_dev, status.st_ino))
    assert other.torn is None
    assert store.moments() == (NOON,)


def test_what_can_not_be_used_is_told(store: GrowthStore, tmp_path: Path) -> None:
    store.add(NOON, 1, {A: (1, 1)})
    database = sqlite3.connect(store.file)
    database.execute("PRAGMA user_version = 9")
    database.close()
    with pytest.raises(UserError) as newer:
        store.add(NOON + HOUR, 1, {A: (1, 1)})
    assert (newer.value.code, newer.value.facts["file"]) == ("growth.newer", str(store.file))
    (tmp_path / "plain").write_text("")
    with pytest.raises(UserError) as blocked:
        GrowthStore(tmp_path / "plain" / "d.sqlite").add(NOON, 1, {A: (1, 1)})
    assert blocked.value.code == "growth.store"
