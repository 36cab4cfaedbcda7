"""Every state, deed, problem and standing has words, and a sign that exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.admin.ledgerentries import Deed, Direction, LedgerPlace, LockHolder
from nexus_studio.core.admin.migrations import MigrationStanding, RevisionState
from nexus_studio.core.admin.revisions import RevisionProblem
from nexus_studio.core.profiles import Environment
from nexus_studio.ui.kit import icons
from nexus_studio.ui.kit.theme import tokens
from nexus_studio.ui.panels.migrations.offers import ICONS, Limits, Verb, label_of, main_verb, obstacle, why_not
from nexus_studio.ui.panels.migrations.standing import standing_words
from nexus_studio.ui.panels.migrations.words import (
    STATES,
    deed_tone,
    deed_words,
    duration,
    holder_words,
    ledger_words,
    moment,
    problem_place,
    problem_words,
    state_sentence,
    state_word,
)
from tests.support.fake_migrations import MORNING, branches, entry, failed_entry, revision, status_of

pytestmark = pytest.mark.usefixtures("qapp")

S = RevisionState
OPEN = Limits(Environment.DEVELOPMENT, is_read_only=False, may_migrate=True)
READ_ONLY = Limits(Environment.DEVELOPMENT, is_read_only=True, may_migrate=False)
PRODUCTION = Limits(Environment.PRODUCTION, is_read_only=False, may_migrate=True)


def test_each_state_is_told_from_the_others_by_word_and_by_sign() -> None:
    assert set(STATES) == set(RevisionState)
    assert len({state_word(state) for state in RevisionState}) == len(RevisionState)
    assert len({STATES[state].icon for state in RevisionState}) == len(RevisionState)
    for state in RevisionState:
        assert STATES[state].icon in icons.names()
        assert STATES[state].tone in tokens("light")
        assert state_sentence(state).endswith(".")


@pytest.mark.parametrize("standing", list(MigrationStanding))
def test_each_standing_has_words_and_a_sign(standing: MigrationStanding) -> None:
    status = status_of(branches(), {"d1": S.FAILED, "d3": S.PENDING}, standing=standing)
    words = standing_words(status)
    assert words.title
    assert words.explanation
    assert words.icon in icons.names()
    assert words.tone in tokens("dark")


def test_a_standing_names_what_it_is_about() -> None:
    failed = standing_words(status_of(branches(), {"d1": S.FAILED}))
    assert "unique emails" in failed.title
    assert failed.tone == "danger"
    cut = standing_words(status_of(branches(), {"d1": S.INTERRUPTED}))
    assert "interrupted" in cut.title
    behind = standing_words(status_of(branches(), {"d2": S.PENDING, "d3": S.PENDING}))
    assert "2" in behind.title
    heads = standing_words(status_of(branches()[:8], standing=MigrationStanding.DIVERGED))
    assert "b3, c3" in heads.explanation
    done = standing_words(status_of(branches()))
    assert done.tone == "success"
    assert "12" in done.explanation
    edited = standing_words(status_of(branches(), {"a1": S.EDITED}))
    assert "edited" in edited.explanation
    lost = standing_words(status_of(branches(), standing=MigrationStanding.VERSIONS_LOST, has_version_table=False))
    assert "gone" in lost.title


def test_what_the_ledger_records_is_told_apart() -> None:
    started: dict[str, Any] = {"finished_at": None, "duration_ms": None}
    rows = {
        "Applied": entry("a"),
        "Taken back": entry("a", direction=Direction.DOWN),
        "Failed": failed_entry("a"),
        "Failed to be taken back": replace(failed_entry("a"), direction=Direction.DOWN),
        "Running": entry("a", 0, **started, is_alive=True),
        "Interrupted": entry("a", 0, **started),
        "Begun, then marked as rolled back": entry("a", 0, **started, rolled_back_at=MORNING),
        "Marked as applied": entry("a", deed=Deed.MARKED_APPLIED),
        "Marked as rolled back": entry("a", deed=Deed.MARKED_ROLLED_BACK),
        "Cleaned up": entry("a", deed=Deed.CLEANED_UP),
        "Stamped": entry("a", deed=Deed.STAMPED),
        "Accepted as baseline": entry("a", deed=Deed.BASELINE),
    }
    assert {words: deed_words(row) for words, row in rows.items()} == {words: words for words in rows}
    assert deed_tone(rows["Applied"]) == "success"
    assert deed_tone(rows["Interrupted"]) == deed_tone(rows["Failed"]) == "danger"
    assert deed_tone(rows["Running"]) == "info"
    assert deed_tone(rows["Taken back"]) == "text-muted"


@pytest.mark.parametrize(
    ("problem", "wanted"),
    [
        (RevisionProblem("syntax", Path("/x/a.py"), 12), "can't read"),
        (RevisionProblem("no_revision", Path("/x/a.py")), "revision"),
        (RevisionProblem("not_literal", Path("/x/a.py"), 3), "computed"),
        (RevisionProblem("unreadable", Path("/x/a.py")), "opened"),
        (RevisionProblem("duplicate", Path("/x/a.py"), revision="a1", other="b.py"), "b.py"),
        (RevisionProblem("missing_parent", Path("/x/a.py"), revision="a1", other="zz"), "zz"),
        (RevisionProblem("missing_dependency", Path("/x/a.py"), revision="a1", other="zz"), "depends on zz"),
        (RevisionProblem("cycle", revisions=("a", "b")), "a → b → a"),
        (RevisionProblem("new_one", Path("/x/a.py")), "new_one"),
    ],
)
def test_each_problem_has_words(problem: RevisionProblem, wanted: str) -> None:
    assert wanted in problem_words(problem)


def test_a_problem_names_file_and_line() -> None:
    assert problem_place(RevisionProblem("syntax", Path("/x/a.py"), 12)) == "a.py, line 12"
    assert problem_place(RevisionProblem("unreadable", Path("/x/a.py"))) == "a.py"
    assert problem_place(RevisionProblem("cycle", revisions=("a",))) == ""


def test_it_says_where_the_ledger_is_and_why() -> None:
    made = {
        (place, why): ledger_words(status_of((), ledger=place, ledger_refusal=why))
        for place, why in (
            (LedgerPlace.DATABASE, ""),
            (LedgerPlace.NOWHERE, ""),
            (LedgerPlace.LOCAL, ""),
            (LedgerPlace.LOCAL, "permission"),
            (LedgerPlace.LOCAL, "read_only"),
            (LedgerPlace.LOCAL, "declined"),
        )
    }
    assert len(set(made.values())) == len(made)
    assert "may not create" in made[LedgerPlace.LOCAL, "permission"]


def test_the_lock_names_who_holds_it() -> None:
    assert holder_words(LockHolder(7)) == "Locked by someone, process 7"
    full = holder_words(LockHolder(7, "ada", "nexus-studio", "10.0.0.7", MORNING))
    assert "ada (nexus-studio, 10.0.0.7)" in full
    assert "since" in full


@pytest.mark.parametrize(
    ("ms", "words"),
    [(None, ""), (0, "0 ms"), (340, "340 ms"), (1210, "1.2 s"), (42_400, "42 s"), (125_000, "2 min 5 s")],
)
def test_a_duration_has_the_unit_that_fits(ms: float | None, words: str) -> None:
    assert duration(ms) == words


def test_moments_are_this_machines() -> None:
    assert moment(None) == ""
    assert moment(MORNING) == moment(MORNING.astimezone())
    later = moment(datetime(2026, 3, 2, 9, 30, tzinfo=UTC) + timedelta(hours=3))
    assert later != moment(MORNING)


def test_every_verb_has_a_name_an_icon_and_a_reason_when_it_can_not_be_done() -> None:
    assert set(ICONS) == set(Verb)
    statuses = [
        None,
        status_of(()),
        *(status_of(branches(), {"d1": S.FAILED, "d3": S.PENDING}, standing=each) for each in MigrationStanding),
    ]
    for verb in Verb:
        assert ICONS[verb] in icons.names()
        assert label_of(verb)
        for status in statuses:
            for limits in (OPEN, READ_ONLY, PRODUCTION):
                assert bool(obstacle(verb, status, limits)) is bool(why_not(verb, status, limits))


def test_the_button_that_fits_can_be_pressed() -> None:
    cases = {
        MigrationStanding.BEHIND: Verb.DEPLOY,
        MigrationStanding.NONE: Verb.DEPLOY,
        MigrationStanding.FAILED: Verb.RESOLVE,
        MigrationStanding.VERSIONS_LOST: Verb.RESTORE,
        MigrationStanding.NOT_MANAGED: Verb.STAMP,
        MigrationStanding.DIVERGED: Verb.MERGE,
        MigrationStanding.UP_TO_DATE: Verb.CREATE,
        MigrationStanding.OUT_OF_SYNC: Verb.CREATE,
        MigrationStanding.PRISMA: None,
        MigrationStanding.RUNNING: None,
        MigrationStanding.AHEAD: None,
    }
    states = {"b3": S.FAILED, "c3": S.PENDING}
    for standing, verb in cases.items():
        status = status_of(branches()[:8], states, standing=standing)
        assert main_verb(status) is verb
        assert verb is None or obstacle(verb, status, OPEN) == ""


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (MigrationStanding.PRISMA, "prisma"),
        (MigrationStanding.RUNNING, "running"),
        (MigrationStanding.FAILED, "failed"),
        (MigrationStanding.VERSIONS_LOST, "versions_lost"),
        (MigrationStanding.AHEAD, "ahead"),
        (MigrationStanding.NOT_MANAGED, "not_managed"),
        (MigrationStanding.BEHIND, ""),
        (MigrationStanding.DIVERGED, ""),
    ],
)
def test_deploying_says_what_stands_against_it(standing: MigrationStanding, code: str) -> None:
    status = status_of(branches(), {"d3": S.PENDING}, standing=standing)
    assert obstacle(Verb.DEPLOY, status, OPEN) == code
    assert obstacle(Verb.DEPLOY, status, READ_ONLY) == "read_only"


def test_what_is_for_prototyping_is_not_for_production() -> None:
    status = status_of(branches())
    assert obstacle(Verb.PUSH, status, PRODUCTION) == "prototyping"
    assert obstacle(Verb.PUSH, status, OPEN) == ""
    assert obstacle(Verb.DEPLOY, status, OPEN) == "nothing_pending"
    assert obstacle(Verb.MERGE, status, OPEN) == "one_head"
    assert obstacle(Verb.CHECK, status, READ_ONLY) == ""
    assert obstacle(Verb.DOWNGRADE, status_of((revision("a"),), {"a": S.PENDING}), OPEN) == "nothing_applied"
