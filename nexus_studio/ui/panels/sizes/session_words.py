"""What sessions are called for people: states, marks, why one can't be ended. Context "activity"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.activity import MARKS, SessionRow
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording import in_series
from nexus_studio.ui.panels.sizes.words import duration_text

_MARKS: Final[Mapping[str, tuple[str, str, str]]] = {
    "blocks": ("lock", "danger", QT_TRANSLATE_NOOP("activity", "others wait for it")),
    "waits": ("pending", "warning", QT_TRANSLATE_NOOP("activity", "waits for another session")),
    "idle_in_transaction": (
        "warning", "warning", QT_TRANSLATE_NOOP("activity", "idle in an open transaction for more than a minute")
    ),
    "long_transaction": (
        "warning", "warning", QT_TRANSLATE_NOOP("activity", "its transaction is open for more than five minutes")
    ),
    "long_query": ("running", "info", QT_TRANSLATE_NOOP("activity", "its statement runs for more than a minute")),
}  # fmt: skip
_MAY_NOT: Final[Mapping[str, str]] = {
    "self": QT_TRANSLATE_NOOP("activity", "This is the session that looks."),
    "kind": QT_TRANSLATE_NOOP("activity", "It is a process of the server's own."),
    "superuser": QT_TRANSLATE_NOOP("activity", "It is a superuser's: only a superuser may end it."),
    "role": QT_TRANSLATE_NOOP(
        "activity", "It is of a role that yours is no member of; pg_signal_backend may end it all the same."
    ),
    "unseen": QT_TRANSLATE_NOOP("activity", "Your role may not see since when it is there: pg_monitor would."),
}
_STATES: Final[Mapping[str, str]] = {
    "active": QT_TRANSLATE_NOOP("activity", "active"),
    "idle": QT_TRANSLATE_NOOP("activity", "idle"),
    "idle in transaction": QT_TRANSLATE_NOOP("activity", "idle in transaction"),
    "idle in transaction (aborted)": QT_TRANSLATE_NOOP("activity", "idle in a failed transaction"),
    "fastpath function call": QT_TRANSLATE_NOOP("activity", "calls a function"),
    "disabled": QT_TRANSLATE_NOOP("activity", "not tracked"),
}
_NOTES: Final[Mapping[str, str]] = {
    "standby": QT_TRANSLATE_NOOP("activity", "This is a standby: these are its own sessions."),
    "pooler": QT_TRANSLATE_NOOP(
        "activity", "A pooler stands between: a session may be another program's by the time you end it."
    ),
    "hidden": QT_TRANSLATE_NOOP(
        "activity", "Your role may not see what other roles do. Membership in pg_monitor shows it."
    ),
}
_HIDDEN: Final = QT_TRANSLATE_NOOP("activity", "(hidden from your role)")


def said(text: str) -> str:
    """Say a text about sessions in the current language."""
    return QCoreApplication.translate("activity", text)


def first_mark(session: SessionRow) -> str:
    """Return the gravest mark of a session, "" for none."""
    return next((each for each in MARKS if each in session.marks), "")


def mark_sign(mark: str) -> tuple[str, str]:
    """Return icon and tone of a mark."""
    return _MARKS[mark][:2]


def marks_words(session: SessionRow) -> str:
    """Say what is to be looked at in a session."""
    return in_series(said(_MARKS[each][2]) for each in MARKS if each in session.marks)


def may_not_words(reason: str) -> str:
    """Say why a session can't be ended by this role."""
    return said(_MAY_NOT[reason]) if reason in _MAY_NOT else reason


def state_word(session: SessionRow) -> str:
    """Say what a session is at; a process of the server's own by its kind."""
    if session.state:
        return said(_STATES[session.state]) if session.state in _STATES else session.state
    return said(_HIDDEN) if session.is_hidden else session.kind


def note_words(code: str) -> str:
    """Say what is to be known of a look at the sessions."""
    return said(_NOTES[code]) if code in _NOTES else code


def query_words(session: SessionRow) -> str:
    """Return what a session does or has done last, on one line."""
    return " ".join(session.query.split()) or (said(_HIDDEN) if session.is_hidden else "")


def age_words(since: datetime | None, now: datetime) -> str:
    """Say how long something lasts; "" where nobody knows."""
    return duration_text(max(0.0, (now - since).total_seconds())) if since is not None else ""
