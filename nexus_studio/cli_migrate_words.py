"""How the command line says where a database stands among its migrations: a line of text, and data in short."""

from __future__ import annotations

from typing import Any, Final

from nexus_studio.core.admin.migrations import MigrationStanding, MigrationState, RevisionState

STANDINGS: Final = {
    MigrationStanding.PRISMA: "managed by Prisma",
    MigrationStanding.RUNNING: "being migrated right now",
    MigrationStanding.FAILED: "a failed migration waits for a decision; nothing else is applied until then",
    MigrationStanding.VERSIONS_LOST: "the version table is empty or gone, and the ledger knows applied revisions",
    MigrationStanding.AHEAD: "at a revision that is not in the folder",
    MigrationStanding.DIVERGED: "the project has several heads",
    MigrationStanding.NOT_MANAGED: "not managed: tables, but no history",
    MigrationStanding.NONE: "none applied",
    MigrationStanding.BEHIND: "behind",
    MigrationStanding.OUT_OF_SYNC: "all applied, and yet models and database differ",
    MigrationStanding.UP_TO_DATE: "up to date",
}

STATES: Final = {
    RevisionState.APPLIED: "applied",
    RevisionState.PENDING: "pending",
    RevisionState.RUNNING: "running",
    RevisionState.FAILED: "FAILED",
    RevisionState.INTERRUPTED: "INTERRUPTED",
    RevisionState.ROLLED_BACK: "rolled back",
    RevisionState.APPLIED_OUTSIDE: "applied outside Studio",
    RevisionState.EDITED: "edited since applied",
    RevisionState.NOT_IN_FOLDER: "not in the folder",
    RevisionState.BASELINE: "baseline",
}

# Scripts know a database ahead of the folder by the word "unknown".
_OLD_WORDS: Final = {MigrationStanding.AHEAD: "unknown"}


def state_word(standing: MigrationStanding) -> str:
    """Return the word that `status --json` has for a standing."""
    return _OLD_WORDS.get(standing, standing.value)


def migrations_data(state: MigrationState) -> dict[str, Any]:
    """Return a state for --json."""
    return {
        "state": state_word(state.standing),
        "current": state.current,
        "heads": state.heads,
        "pending": state.pending,
    }


def migrations_said(state: MigrationState) -> str:
    """Say a state in one line."""
    return standing_said(state.standing, state.pending) + (f" ({', '.join(state.current)})" if state.current else "")


def standing_said(standing: MigrationStanding, pending: int | None) -> str:
    """Say where a database stands, with how many revisions are pending where that is what matters."""
    if standing is MigrationStanding.BEHIND:
        return f"{pending} pending"
    if standing is MigrationStanding.NONE and not pending:
        return "the project has no migrations yet"
    if standing is MigrationStanding.NONE:
        return f"{STANDINGS[standing]}, {pending} pending"
    return STANDINGS[standing]
