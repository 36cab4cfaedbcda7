"""The evidence is right on generated half-applied states: what it sees, what it recommends, and what that does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql as pgsql

from nexus_studio.core.admin.evidence import Facts, Presence, Way
from nexus_studio.core.admin.ledgerentries import LedgerEntry
from nexus_studio.core.admin.presence import Replay
from nexus_studio.core.admin.waysout import Case
from nexus_studio.core.errors import ServerReport
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations.catalogfacts import read_facts
from nexus_studio.services.migrations.evidence import Inquiry, compare
from nexus_studio.services.migrations.replaying import Noting
from nexus_studio.services.session import Session
from tests.integration.services.migrations.half_applied import SPECS, Spec
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()


@dataclass(frozen=True)
class State:
    """A database in which some statements were run. `there`, `half`: their numbers; the rest is not there."""

    spec: Spec
    there: frozenset[int]
    after: str = ""
    half: int = 0

    @property
    def count(self) -> int:
        """How many statements the run had done."""
        return max(self.there, default=0)

    @property
    def is_whole(self) -> bool:
        return len(self.there) == len(self.spec.statements)

    def __str__(self) -> str:
        numbers = ",".join(str(number) for number in sorted(self.there)) or "none"
        return f"{self.spec.name}: {numbers}" + (f", {self.half} half" if self.half else "")


def _states() -> Iterator[State]:
    for spec in SPECS:
        total = len(spec.statements)
        for count in range(total + 1):
            yield State(spec, frozenset(range(1, count + 1)))
        for number, statement in spec.removed.items():
            if number == total:
                continue  # as if the run had come to there
            yield State(spec, frozenset(range(1, total + 1)) - {number}, statement)
        for number, statement in spec.half.items():
            yield State(spec, frozenset(range(1, number)), statement, half=number)


STATES = tuple(_states())


class Room:
    """Two databases: one where revisions are replayed, one where they are half applied."""

    def __init__(self, scratch_url: str, real_url: str) -> None:
        self.urls = (scratch_url, real_url)
        self.scratch = Session.open(profile_of(scratch_url), None, CTX)
        self.real = Session.open(profile_of(real_url), None, CTX)
        self.lines = tuple(psycopg.connect(url, autocommit=True) for url in self.urls)
        for line in self.lines:
            line.execute("SET client_min_messages = error")
        self._replays: dict[str, Replay] = {}
        self._ends: dict[str, tuple[Facts, Facts]] = {}

    def close(self) -> None:
        for line in self.lines:
            line.close()
        self.scratch.close()
        self.real.close()

    def furnish(self, spec: Spec, *, real: bool) -> None:
        line = self.lines[real]
        for schema in ("r", *spec.schemas):
            line.execute(pgsql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(pgsql.Identifier(schema)))
        line.execute("CREATE SCHEMA r")
        line.execute("SET search_path = r")
        self.run(spec.setup, real=real)

    def run(self, statement: str, *, real: bool = True) -> None:
        self.lines[real].execute(statement.encode())

    def replay(self, spec: Spec) -> Replay:
        if spec.name not in self._replays:
            self.furnish(spec, real=False)
            noting = Noting(self.scratch, "x", "alembic_version", CTX)
            noting.hear({"event": "step", "revision": "x"})
            for number, sent in enumerate(spec.statements, start=1):
                told = {"number": number, "sql": sent, "in_transaction": False, "has_parameters": False}
                noting.hear({"event": "statement", **told})
                self.run(sent, real=False)
                noting.hear({"event": "statement_done", "number": number, "ms": 1})
            self._replays[spec.name] = Replay(tuple(noting.done), noting.before)
        return self._replays[spec.name]

    def ends(self, spec: Spec) -> tuple[Facts, Facts]:
        """The facts before and after a revision that never failed."""
        if spec.name not in self._ends:
            self.furnish(spec, real=True)
            before = self.facts()
            for sent in spec.statements:
                self.run(sent)
            self._ends[spec.name] = (before, self.facts())
        return self._ends[spec.name]

    def facts(self) -> Facts:
        with self.real.read(CTX) as connection:
            return read_facts(connection)

    def bring_to(self, state: State) -> None:
        self.furnish(state.spec, real=True)
        last = state.half - 1 if state.half else len(state.spec.statements) if state.after else state.count
        for sent in state.spec.statements[:last]:
            self.run(sent)
        for sent in state.after.split("; ") if "$$" not in state.after else [state.after]:
            if sent:
                try:
                    self.run(sent)
                except psycopg.errors.UniqueViolation:
                    assert state.half  # the index stays, invalid

    def inquire(self, state: State, entry: LedgerEntry | None) -> Inquiry:
        return compare(self.real, Case("x", entry), self.replay(state.spec), CTX)


@pytest.fixture(scope="module")
def room(make_database: Callable[..., str]) -> Iterator[Room]:
    opened = Room(make_database(), make_database())
    yield opened
    opened.close()


def truthful(state: State) -> LedgerEntry:
    """The row of a run that did what the state says, each statement by itself, and failed at the next."""
    error = ServerReport("23505", "duplicate") if not state.is_whole else None
    number = state.half or state.count + 1
    entry = LedgerEntry("1", "x", "", datetime.now(UTC), applied_steps_count=state.count)
    return replace(entry, error=error, failed_number=number if error else None)


def ignorant() -> LedgerEntry:
    """The row of a run that was killed and left nothing behind but its beginning."""
    return LedgerEntry("1", "x", "", datetime.now(UTC))


def test_there_are_enough_states() -> None:
    assert len(STATES) >= 60
    assert len({str(state) for state in STATES}) == len(STATES)


@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_evidence_is_right_and_its_way_leads_out(room: Room, state: State) -> None:
    ends = room.ends(state.spec)
    room.bring_to(state)
    told, untold = room.inquire(state, truthful(state)), room.inquire(state, ignorant())

    for finding in told.evidence.findings:
        if finding.number in state.spec.invisible:
            assert finding.presence is Presence.INVISIBLE, finding
        elif finding.number == state.half:
            assert finding.presence is Presence.HALF_DONE, finding
        elif finding.number not in state.spec.fleeting or finding.presence is not Presence.INVISIBLE:
            assert finding.presence is (Presence.PRESENT if finding.number in state.there else Presence.ABSENT), finding

    for inquiry in (told, untold):
        recommended = inquiry.evidence.recommended
        assert inquiry.evidence.ways[0].way is recommended or recommended is None
        if not state.is_whole:
            assert recommended is not Way.MARK_APPLIED
            marked = inquiry.evidence.way(Way.MARK_APPLIED)
            assert marked is not None
            assert marked.warnings or state.spec.name == "there and back", "what will be missing is named"
    if state.is_whole:
        assert told.evidence.recommended is Way.MARK_APPLIED
        return
    if not state.there and not state.half:
        assert told.evidence.recommended is Way.RUN_AGAIN
    _goes_the_recommended_way(room, state, told, ends)


def _goes_the_recommended_way(room: Room, state: State, inquiry: Inquiry, ends: tuple[Facts, Facts]) -> None:
    """Afterwards the database is as one on which it never failed."""
    before, after = ends
    recommended = inquiry.evidence.recommended
    if not state.spec.stays & (state.there | {state.half}):
        assert recommended in {Way.RUN_AGAIN, Way.CLEAN_UP}
    if recommended is None:
        assert state.spec.stays & (state.there | {state.half}), "a way should have been found"
        return
    way = inquiry.evidence.way(recommended)
    assert way is not None
    if recommended is Way.CLEAN_UP:
        assert not state.spec.stays & state.there
        for sent in way.sql:
            room.run(sent)
        assert room.facts() == before
        rest = state.spec.statements
    elif recommended is Way.FINISH:
        for sent in inquiry.case.undo(inquiry.kept).sql:
            room.run(sent)
        rest = state.spec.statements[inquiry.kept :]
    else:
        assert recommended is Way.RUN_AGAIN
        rest = state.spec.statements
    for sent in rest:
        room.run(sent)
    assert room.facts() == after
