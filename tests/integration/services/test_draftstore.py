"""DraftStore on a real disk: what is written how often, whose it is, what becomes of files that break."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Relation, RelationKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.draftfiles import FORMER, DraftFile
from nexus_studio.services.drafts import DraftStore, read_draft
from nexus_studio.services.paths import Paths

CTX = TaskContext.for_test()
PROFILE = ConnectionProfile("local", host="localhost", database="shop")
TABLE = Relation(RelationName("public", "t"), RelationKind.TABLE, key=("id",))
WAIT_S = 30.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DraftStore]:
    found = DraftStore(Paths.below(tmp_path), PROFILE)
    yield found
    found.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[DraftStore]:
    found = DraftStore(Paths.below(tmp_path), PROFILE)
    yield found
    found.close()


def edit(draft: int, text: str) -> StagedRow:
    return StagedRow(draft, ChangeKind.UPDATE, RowKey((str(draft),)), {"a": text}, {"a": "old"})


def written(store: DraftStore, *rows: StagedRow, tab: int = 1) -> Path:
    store.put(tab, TABLE, rows)
    assert store.settle(WAIT_S)
    return next(file for file in store.folder.glob("*.draft") if f".{tab}.draft" in file.name)


def rows_in(file: Path) -> tuple[StagedRow, ...]:
    journal = read_draft(file).journal
    assert journal is not None
    return journal.rows


def test_one_more_edit_among_ten_thousand_writes_one_row(store: DraftStore) -> None:
    rows = tuple(edit(number, "x") for number in range(1, 10_001))
    file = written(store, *rows)
    before = file.stat().st_size

    written(store, *rows[:-1], edit(10_000, "y"))

    assert before > 500_000
    assert file.stat().st_size - before < 500
    assert rows_in(file)[-1].values == {"a": "y"}


def test_a_file_does_not_grow_for_ever(store: DraftStore) -> None:
    file = written(store, edit(1, "x"))
    one = file.stat().st_size
    for number in range(1_500):
        file = written(store, edit(1, str(number)))

    assert rows_in(file)[0].values == {"a": "1499"}
    assert file.stat().st_size < one * 1_000
    assert file.with_name(file.name + FORMER).exists()
    store.put(1, TABLE, ())
    assert store.settle(WAIT_S)
    assert not list(store.folder.glob("*.draft*"))


def test_what_is_put_while_it_writes_is_written_once_and_last(store: DraftStore) -> None:
    for number in range(500):
        store.put(1, TABLE, (edit(1, str(number)),))
    assert store.settle(WAIT_S)
    (file,) = store.folder.glob("*.draft")
    assert rows_in(file)[0].values == {"a": "499"}


def test_a_living_store_keeps_its_drafts_until_it_is_closed(
    store: DraftStore, other: DraftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexus_studio.services.drafts.CLOSE_S", 0.0)  # both are of this process: nothing to wait for
    written(store, edit(1, "mine"))
    written(other, edit(1, "theirs"))

    assert other.left(CTX) == ()
    monkeypatch.undo()
    store.close()
    (left,) = other.left(CTX)
    assert left.journal is not None
    assert left.journal.rows == (edit(1, "mine"),)
    assert left.journal.head.relation == TABLE.name


def test_what_a_store_has_not_written_yet_is_waited_for(
    store: DraftStore, other: DraftStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = DraftFile.write

    def held(file: DraftFile, *args: Any, **more: Any) -> None:
        begun.set()
        assert go_on.wait(WAIT_S)
        real(file, *args, **more)

    monkeypatch.setattr(DraftFile, "write", held)
    monkeypatch.setattr("nexus_studio.services.drafts.CLOSE_S", WAIT_S)
    store.put(1, TABLE, (edit(1, "mine"),))  # the window connects anew: the former database is let go of …
    assert begun.wait(WAIT_S)
    with ThreadPoolExecutor(2) as pool:
        found = pool.submit(other.left, CTX)  # … and it is looked for what was left
        closed = pool.submit(store.close)
        with pytest.raises(TimeoutError):
            found.result(0.3)
        go_on.set()
        closed.result(WAIT_S)
        (left,) = found.result(WAIT_S)
    assert left.journal is not None
    assert left.journal.rows == (edit(1, "mine"),)


def test_only_one_studio_takes_a_draft(store: DraftStore, tmp_path: Path) -> None:
    dead = DraftStore(Paths.below(tmp_path), PROFILE)
    written(dead, edit(1, "left"))
    dead.close()
    faster = DraftStore(Paths.below(tmp_path), PROFILE)
    (left,) = store.left(CTX)
    taken = faster.take(left, CTX)

    with pytest.raises(UserError) as refused:
        store.take(left, CTX)
    assert refused.value.code == "draft.taken"
    with pytest.raises(UserError) as refused:
        store.discard(taken)
    assert refused.value.code == "draft.taken"

    assert rows_in(taken.file) == (edit(1, "left"),)
    faster.let_go(taken, WAIT_S)
    faster.close()
    assert not list(store.folder.glob("*.draft*"))


def test_a_disk_that_is_full_in_the_middle_of_a_line_costs_no_later_edit(
    store: DraftStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    store.told = lambda error: told.append("" if error is None else error.code)
    file = written(store, edit(1, "first"))
    real = os.fsync

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").resolve() == file.resolve():
            os.ftruncate(handle, file.stat().st_size - 10)  # as much of the line as there was room for
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    written(store, edit(1, "second"))
    assert told == ["draft.unwritten"]
    assert rows_in(file) == (edit(1, "first"),)  # the whole state before
    assert "left on device" not in caplog.text

    monkeypatch.setattr(os, "fsync", real)
    written(store, edit(1, "third"))
    assert told == ["draft.unwritten", ""]
    assert rows_in(file) == (edit(1, "third"),)
    journal = read_draft(file).journal
    assert journal is not None
    assert not journal.is_damaged


def test_two_tables_of_the_same_name_and_two_tabs_have_files_of_their_own(store: DraftStore) -> None:
    other = Relation(RelationName("other", "t"), RelationKind.TABLE, key=("id",))
    store.put(1, TABLE, (edit(1, "a"),))
    store.put(2, TABLE, (edit(1, "b"),))
    store.put(3, other, (edit(1, "c"),))
    assert store.settle(WAIT_S)

    assert sorted(str(row.values["a"]) for file in store.folder.glob("*.draft") for row in rows_in(file)) == [
        "a",
        "b",
        "c",
    ]


def test_nobody_else_may_read_them(store: DraftStore, tmp_path: Path) -> None:
    (tmp_path / "data" / "drafts").mkdir(parents=True, mode=0o755)
    written(store, edit(1, "a"))
    modes = {each: each.stat().st_mode & 0o777 for each in (store.folder, *store.folder.iterdir(), store.folder.parent)}
    assert all(mode == (0o700 if each.is_dir() else 0o600) for each, mode in modes.items())
