"""DraftStore: staged edits on disk while they are typed, and those that a process left behind when it died.

One file a table that is open, below `paths.data/drafts`. A thread of its own writes; nobody who stages waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import NewerDraft, NotADraft, head_of
from nexus_studio.core.data.draftjournal import Journal, Typing, read_journal
from nexus_studio.core.data.staging import ChangeCounts, StagedRow
from nexus_studio.core.errors import UserError
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.redact import loggable
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.draftfiles import (
    FORMER,
    SUFFIX,
    DraftFile,
    Owner,
    draft_folder,
    draft_root,
    drafts_in,
    id_of,
    is_owned,
    owner_of,
    relation_part,
    remove_draft,
)
from nexus_studio.services.paths import Paths

log = logging.getLogger(__name__)

CLOSE_S: Final = 2.0
"""How long leaving waits for what is still to be written."""

_LOOK_S: Final = 0.05

_writing: Final[set[DraftStore]] = set()
"""The stores of this process that have something to write still; one operation on it is never torn by another."""


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft on disk. `id` is what it is called on the command line.

    `journal` is None where nothing of it can be read: `problem` says why, "draft.newer" (`format` is its number) or
    "draft.unreadable". `is_owned`: the process that wrote it lives, so that it is its own business.
    """

    file: Path
    journal: Journal | None = None
    problem: str = ""
    format: int = 0
    is_owned: bool = False

    @property
    def id(self) -> str:
        """Its short name."""
        return id_of(self.file)

    @property
    def relation(self) -> RelationName | None:
        """Whose rows it is about; None where that can't be read."""
        return self.journal.head.relation if self.journal is not None else None

    @property
    def counts(self) -> ChangeCounts:
        """How many rows are staged in it, by kind."""
        kinds = [row.kind for row in self.journal.rows] if self.journal is not None else []
        counted = (kinds.count(kind) for kind in (ChangeKind.UPDATE, ChangeKind.INSERT, ChangeKind.DELETE))
        return ChangeCounts(*counted)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it, not even a text that was being typed."""
        return self.journal is not None and not self.journal.rows and self.journal.typing is None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a file shall hold. Without rows and without typing: no file."""

    relation: Relation
    rows: tuple[StagedRow, ...]
    saving: bool = False
    typing: Typing | None = None
    takes_back: tuple[str, ...] = ()


class DraftStore:
    """The drafts of one database. Any thread; `put` returns at once, everything else is for workers."""

    def __init__(self, paths: Paths, profile: ConnectionProfile) -> None:
        self._profile = profile
        self._folder = draft_folder(paths, profile)
        self._owner = Owner(self._folder)
        self._files: dict[int, DraftFile] = {}
        self._wanted: dict[int, _Wanted] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._next = 1
        self.told: Callable[[UserError | None], None] = lambda _error: None
        """Hears, in the writing thread, "draft.unwritten" when one could not be written, and None when it can again."""
        self._is_troubled = False
        self._is_closed = False

    @property
    def folder(self) -> Path:
        """Where they are; it may not exist yet."""
        return self._folder

    # ---- those of this process

    def new_tab(self) -> int:
        """Return a number for an open table: two of one relation do not write over one another."""
        with self._changed:
            self._next += 1
            return self._next - 1

    def put(
        self,
        tab: int,
        relation: Relation,
        rows: tuple[StagedRow, ...],
        *,
        saving: bool = False,
        typing: Typing | None = None,
        takes_back: tuple[str, ...] = (),
    ) -> None:
        """Have a table's staged rows written; those of a moment ago that wait still are left out. Returns at once.

        Args:
            tab: Of `new_tab`.
            relation: Whose rows they are.
            rows: What is staged; none, and nothing typed: the file is removed.
            saving: A save of them has begun.
            typing: What stands in an open editor.
            takes_back: The saved sets whose inverse is staged.
        """
        with self._changed:
            self._wanted[tab] = _Wanted(relation, rows, saving, typing, takes_back)
            if self._thread is None:
                _writing.add(self)
                self._thread = threading.Thread(target=self._write_all, name="drafts", daemon=True)
                self._thread.start()

    def settle(self, timeout_s: float) -> bool:
        """Wait until all that was put is on disk; False when that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout_s)

    def close(self) -> None:
        """Write the rest and let go: what is still staged counts as left behind from now on."""
        self._is_closed = True
        if not self.settle(CLOSE_S):
            log.warning("drafts not written in time")
        self._owner.resign()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                if not self._wanted:
                    self._thread = None
                    _writing.discard(self)
                    self._changed.notify_all()
                    return
                tab = next(iter(self._wanted))
                wanted = self._wanted.pop(tab)
            self._write(tab, wanted)

    def _write(self, tab: int, wanted: _Wanted) -> None:
        try:
            if wanted.rows or wanted.typing is not None:
                self._owner.sign()
                if self._is_closed:
                    self._owner.resign()
                file = self._file(tab, wanted.relation)
                file.write(
                    wanted.rows, _now(), saving=wanted.saving, typing=wanted.typing, takes_back=wanted.takes_back
                )
            elif tab in self._files:
                self._files[tab].remove()
        except OSError as error:
            if not self._is_troubled:
                log.warning("draft not written", extra=loggable(error))
            self._is_troubled = True
            self.told(UserError("draft.unwritten", folder=str(self._folder), words=error.strerror or ""))
            return
        if self._is_troubled:
            self._is_troubled = False
            self.told(None)

    def _file(self, tab: int, relation: Relation) -> DraftFile:
        file = self._files.get(tab)
        if file is None or file.head.relation != relation.name:
            profile = self._profile
            head = head_of(relation, profile.place, profile.name, profile.user, _now())
            name = f"{relation_part(relation.name)}.{self._owner.name}.{tab}{SUFFIX}"
            file = self._files[tab] = DraftFile(self._folder / name, head)
        return file

    # ---- those that were left behind

    def left(self, ctx: TaskContext) -> tuple[KeptDraft, ...]:
        """Return the drafts of processes that are gone, oldest first; what has nothing in it is removed on the way.

        A store of this process that is just being closed is waited for.
        """
        found = []
        deadline = time.monotonic() + CLOSE_S
        while self._others_here() and time.monotonic() < deadline:
            ctx.token.raise_if_cancelled()
            time.sleep(_LOOK_S)
        for file in drafts_in(self._folder):
            ctx.token.raise_if_cancelled()
            if is_owned(file):
                continue
            draft = read_draft(file)
            if draft.is_empty and not (draft.journal and draft.journal.is_damaged):
                discard_draft(draft)
            else:
                found.append(draft)
        return tuple(found)

    def _others_here(self) -> bool:
        """Tell whether another store of this process has drafts here: the window connects anew, or there are two.

        Its first draft may not be on disk yet.
        """
        if any(each is not self and each.folder == self._folder for each in tuple(_writing)):
            return True
        mine = f"{os.getpid()}-"
        owners = {owner_of(file): file for file in drafts_in(self._folder) if owner_of(file) != self._owner.name}
        return any(is_owned(file) for owner, file in owners.items() if owner.startswith(mine))

    def take(self, draft: KeptDraft, ctx: TaskContext) -> KeptDraft:
        """Make a draft this process's own, so that no other one offers it; it stays on disk until it is discarded.

        Raises:
            UserError: "draft.taken": another Nexus Studio was faster; "draft.unwritten".
        """
        ctx.token.raise_if_cancelled()
        if draft.relation is None or is_owned(draft.file):
            raise UserError("draft.taken")
        mine = self._folder / f"{relation_part(draft.relation)}.{self._owner.name}.{self.new_tab()}{SUFFIX}"
        try:
            self._owner.sign()
            for ending in ("", FORMER):
                source = draft.file.with_name(draft.file.name + ending)
                if source.exists():
                    source.rename(mine.with_name(mine.name + ending))
        except FileNotFoundError as error:
            raise UserError("draft.taken") from error
        except OSError as error:
            raise UserError("draft.unwritten", folder=str(self._folder), words=error.strerror or "") from error
        if not mine.exists() and not mine.with_name(mine.name + FORMER).exists():
            raise UserError("draft.taken")
        remove_draft(draft.file)  # the sign of its owner
        return KeptDraft(mine, draft.journal, is_owned=True)

    def let_go(self, draft: KeptDraft, timeout_s: float) -> None:
        """Remove a draft that was taken, once what was staged from it is on disk; else it stays.

        Raises:
            UserError: "draft.unremoved" (facts file, words).
        """
        if self.settle(timeout_s) and not self._is_troubled:
            discard_draft(draft)

    def discard(self, draft: KeptDraft) -> None:
        """Remove a draft that was left behind, for good.

        Raises:
            UserError: "draft.taken": another Nexus Studio has it now; "draft.unremoved" (facts file, words).
        """
        if is_owned(draft.file):
            raise UserError("draft.taken")
        discard_draft(draft)


def all_drafts(paths: Paths, ctx: TaskContext) -> tuple[KeptDraft, ...]:
    """Return every draft on this machine, of every database; those of living processes among them."""
    return tuple(_all(paths, ctx))


def _all(paths: Paths, ctx: TaskContext) -> Iterator[KeptDraft]:
    root = draft_root(paths)
    folders = sorted(each for each in root.iterdir() if each.is_dir()) if root.is_dir() else []
    for folder in folders:
        for file in drafts_in(folder):
            ctx.token.raise_if_cancelled()
            yield read_draft(file)


def read_draft(file: Path) -> KeptDraft:
    """Read a draft: where its file is damaged from the start, what it was before it was written anew."""
    owned = is_owned(file)
    read = [_read(each, owned) for each in (file, file.with_name(file.name + FORMER)) if each.exists()]
    first = read[0] if read else KeptDraft(file, problem="draft.unreadable", is_owned=owned)
    is_whole = first.journal is not None and bool(first.journal.at)
    if is_whole or first.problem == "draft.newer" or len(read) == 1:
        return first
    former = read[1].journal if len(read) > 1 else None
    if former is None or not former.at:
        return first
    return KeptDraft(file, _as_damaged(former), is_owned=owned)


def discard_draft(draft: KeptDraft) -> None:
    """Remove a draft for good.

    Raises:
        UserError: "draft.owned": the process that wrote it lives; "draft.unremoved" (facts file, words).
    """
    if is_owned(draft.file) and not draft.is_owned:
        raise UserError("draft.owned")
    try:
        remove_draft(draft.file)
    except OSError as error:
        raise UserError("draft.unremoved", file=str(draft.file), words=error.strerror or "") from error


def _read(file: Path, owned: bool) -> KeptDraft:
    kept = file.with_name(file.name.removesuffix(FORMER))
    try:
        with file.open("rb") as stream:
            return KeptDraft(kept, read_journal(stream), is_owned=owned)
    except NewerDraft as error:
        return KeptDraft(kept, problem="draft.newer", format=error.format, is_owned=owned)
    except (NotADraft, OSError):
        return KeptDraft(kept, problem="draft.unreadable", is_owned=owned)


def _as_damaged(journal: Journal) -> Journal:
    return replace(journal, is_damaged=True, is_part=False)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
