"""HistoryStore: kept, found, settled, pruned; by several processes, with a torn file, with no room."""

from __future__ import annotations

import random
import sqlite3
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.history import Action, Mark, Origin, Retention, SavedSet, SetQuery, Standing, TableCount
from nexus_studio.core.data.images import Cause, RowImage
from nexus_studio.core.errors import HistoryFailed
from nexus_studio.core.names import RelationName
from nexus_studio.services.history.store import HistoryStore

T, U = RelationName("public", "t"), RelationName("Other", "U")
HERE = Origin("here", "db @ localhost:5432", "db", "mine", "development", "alice", "al", "desk")
THERE = Origin("there", "other @ localhost:5432", "other", "mine", "staging", "bob", "bo", "desk")
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def image(key: str, relation: RelationName = T, text: str = "é\n“x”") -> RowImage:
    return RowImage(
        relation, ChangeKind.UPDATE, Cause.OWN, RowKey((key,)), RowKey((key,)), {"a": text, "b": None}, {"a": ""}
    )


def saved(number: int, origin: Origin = HERE, **more: object) -> SavedSet:
    return SavedSet(f"{number:016x}", NOON + timedelta(minutes=number), origin, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> HistoryStore:
    return HistoryStore(tmp_path / "data")


def ids(store: HistoryStore, query: SetQuery, limit: int = 50, before: Mark | None = None) -> list[int]:
    return [int(each.id, 16) for each in store.sets(query, "here", limit, before)]


def test_a_set_comes_back_as_it_was_kept(store: HistoryStore) -> None:
    images = tuple(image(str(number)) for number in range(1201))
    store.add(saved(1, reason="why", ticket="T-1", reverts="ab"), images, "77")
    (found,) = store.sets(SetQuery(), "here", 10, None)
    assert (found.reason, found.ticket, found.reverts, found.origin, found.at) == (
        "why", "T-1", "ab", HERE, NOON + timedelta(minutes=1),
    )  # fmt: skip
    assert found.tables == (TableCount(T, updated=1201),)
    assert store.images(found.id) == images


def test_no_one_else_may_read_it(store: HistoryStore) -> None:
    folder = store.file.file.parent
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    store.file.file.touch()
    store.file.file.chmod(0o644)
    store.add(saved(1), (image("1"),), None)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(store.file.file.stat().st_mode) == 0o600


def test_nothing_is_made_by_looking(store: HistoryStore) -> None:
    assert store.sets(SetQuery(), "here", 10, None) == ()
    assert store.people(None) == ()
    assert store.prune(Retention(), NOON).sets == 0
    assert not store.file.file.exists()


def test_the_list_is_narrowed(store: HistoryStore) -> None:
    store.add(saved(1, reason="Wrong Coach"), (image("abc"),), None)
    store.add(saved(2, THERE), (image("abc"),), None)
    store.add(saved(3, ticket="NX-12"), (image("x", U), image("y", U)), None)
    assert ids(store, SetQuery()) == [3, 1]
    assert ids(store, SetQuery(everywhere=True)) == [3, 2, 1]
    assert ids(store, SetQuery(U)) == [3]
    assert ids(store, SetQuery(RelationName("other", "u"))) == []
    assert ids(store, SetQuery(person="bob", everywhere=True)) == [2]
    assert ids(store, SetQuery(person="al")) == [3, 1]
    assert ids(store, SetQuery(search="wrong c")) == [1]
    assert ids(store, SetQuery(search="nx-1")) == [3]
    assert ids(store, SetQuery(search="other.u")) == [3]
    assert ids(store, SetQuery(search="abc")) == [1]
    assert ids(store, SetQuery(search="ab")) == []
    assert ids(store, SetQuery(search="100%_")) == []
    assert ids(store, SetQuery(since=NOON + timedelta(minutes=2))) == [3]
    assert ids(store, SetQuery(until=NOON + timedelta(minutes=3))) == [1]
    assert store.people("here") == ("al", "alice")
    assert store.relations("here") == (U, T)


def test_pages_follow_one_another_also_where_moments_are_the_same(store: HistoryStore) -> None:
    for number in range(7):
        store.add(SavedSet(f"{number:016x}", NOON, HERE), (image(str(number)),), None)
    first = store.sets(SetQuery(), "here", 3, None)
    assert [int(each.id, 16) for each in first] == [6, 5, 4]
    assert ids(store, SetQuery(), 3, Mark(first[-1].at, first[-1].id)) == [3, 2, 1]


def test_an_id_is_found_by_its_beginning(store: HistoryStore) -> None:
    for name in ("abcd01", "abce02"):
        store.add(SavedSet(name, NOON, HERE), (image("1"),), None)
    assert store.find("ABCD").id == "abcd01"
    for text, code in (("abc", "history.many_sets"), ("%", "history.unknown_set"), ("", "history.unknown_set")):
        with pytest.raises(HistoryFailed) as caught:
            store.find(text)
        assert caught.value.code == code


def test_what_was_taken_back_says_by_which_set(store: HistoryStore) -> None:
    store.add(saved(1), (image("1"),), None)
    store.add(saved(2, action=Action.REVERT, reverts=saved(1).id, standing=Standing.PENDING), (image("1"),), "9")
    assert store.find(saved(1).id).reverted_by == ""
    store.settle(saved(2).id, Standing.WRITTEN)
    assert store.find(saved(1).id).reverted_by == saved(2).id


def test_pending_sets_are_settled_or_dropped(store: HistoryStore) -> None:
    store.add(saved(1, standing=Standing.PENDING), (image("1"),), "7")
    store.add(saved(2, standing=Standing.PENDING), (image("2"),), "8")
    assert store.pending("here") == ((saved(1).id, "7"), (saved(2).id, "8"))
    store.settle(saved(1).id, Standing.WRITTEN)
    store.drop(saved(2).id)
    assert ids(store, SetQuery()) == [1]
    assert store.images(saved(2).id) == ()
    assert store.relations("here") == (T,)


def test_old_sets_go_and_the_youngest_stays(store: HistoryStore) -> None:
    for number in range(5):
        store.add(saved(number), (image(str(number), text="x" * 100),), None)
    later = NOON + timedelta(days=10, minutes=2, seconds=30)
    assert store.prune(Retention(10, 0), later, only_look=True).sets == 3
    assert ids(store, SetQuery()) == [4, 3, 2, 1, 0]
    pruned = store.prune(Retention(10, 0), later)
    assert (pruned.sets, pruned.size > 300) == (3, True)
    assert ids(store, SetQuery()) == [4, 3]
    assert store.prune(Retention(1, 0), later).sets == 1
    assert ids(store, SetQuery()) == [4]


def test_sets_go_until_the_rest_fits(store: HistoryStore) -> None:
    for number in range(6):
        noise = random.Random(number).randbytes(150_000).hex()
        store.add(saved(number), (image(str(number), text=noise),), None)
    sizes = [each.size for each in store.sets(SetQuery(), "here", 10, None)]
    before = store.file.file.stat().st_size
    store.prune(Retention(0, megabytes=1), NOON)
    left = store.sets(SetQuery(), "here", 10, None)
    assert 0 < len(left) < 6
    assert sum(each.size for each in left) <= 1_000_000 < sum(sizes[: len(left) + 1])
    assert store.file.file.stat().st_size < before


@pytest.mark.logs("history was torn")
def test_a_torn_file_is_set_aside_and_said(store: HistoryStore) -> None:
    store.add(saved(1), (image("1"),), None)
    store.file.file.write_bytes(b"no database at all" * 400)
    store.add(saved(2), (image("2"),), None)
    assert ids(store, SetQuery()) == [2]
    (torn,) = store.file.torn_files()
    assert torn.read_bytes().startswith(b"no database")
    assert stat.S_IMODE(store.file.file.stat().st_mode) == 0o600


def test_a_file_of_a_later_version_is_left_alone(store: HistoryStore) -> None:
    store.add(saved(1), (image("1"),), None)
    with sqlite3.connect(store.file.file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(HistoryFailed) as caught:
        store.add(saved(2), (image("2"),), None)
    assert caught.value.code == "history.newer"


def test_a_folder_that_is_none_is_told(store: HistoryStore) -> None:
    store.file.file.parent.parent.mkdir(parents=True)
    store.file.file.parent.write_text("in the way", encoding="utf-8")
    with pytest.raises(HistoryFailed) as caught:
        store.add(saved(1), (image("1"),), None)
    assert caught.value.code == "history.store"
    assert caught.value.facts["words"]


_OTHER = """
import sys
from datetime import datetime, UTC
from pathlib import Path
from nexus_studio.core.data.history import Origin, SavedSet
from nexus_studio.services.history.store import HistoryStore
store = HistoryStore(Path(sys.argv[1]))
for number in range(40):
    store.add(SavedSet(f"{sys.argv[2]}{number}", datetime.now(UTC), Origin("here", "", "")), (), None)
"""


def test_several_processes_write_at_once(store: HistoryStore) -> None:
    data = str(store.file.file.parent.parent)
    others = [subprocess.Popen([sys.executable, "-c", _OTHER, data, name]) for name in ("a", "b", "c")]
    assert [each.wait(60) for each in others] == [0, 0, 0]
    assert len(store.sets(SetQuery(), "here", 500, None)) == 120


def test_thousands_of_sets_stay_quick(store: HistoryStore) -> None:
    def write(database: sqlite3.Connection) -> None:
        database.executemany(
            "INSERT INTO saved VALUES (NULL, ?, ?, 'written', 'save', ?, '', '', '', '', 'r', 'a', 'm', ?, '', NULL,"
            " '', '[]', 10)",
            ((f"{n:08x}", n * 1000, "here" if n % 2 else "there", f"reason {n}") for n in range(20_000)),
        )
        database.execute("INSERT INTO touched SELECT seq, 0, 'public', 't' || (seq % 50), 1, 0, 0, 0 FROM saved")

    store.file.write(write)
    for query in (SetQuery(), SetQuery(RelationName("public", "t8")), SetQuery(search="REASON 11111", everywhere=True)):
        start = time.thread_time()
        assert store.sets(query, "here", 200, None)
        assert time.thread_time() - start < 0.5
