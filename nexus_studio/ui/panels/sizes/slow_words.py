"""What slow queries are called for people, and how to have them counted. Context "slow"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.slowqueries import CountingState, SlowQuery
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

_STATES: Final[Mapping[CountingState, tuple[str, str]]] = {
    CountingState.NOT_CREATED: (
        QT_TRANSLATE_NOOP("slow", "Queries are counted, but not shown in this database"),
        QT_TRANSLATE_NOOP("slow", "The extension pg_stat_statements has to be created here, once."),
    ),
    CountingState.NOT_LOADED: (
        QT_TRANSLATE_NOOP("slow", "The server does not count queries yet"),
        QT_TRANSLATE_NOOP("slow", "It was started without the library pg_stat_statements."),
    ),
    CountingState.NOT_INSTALLED: (
        QT_TRANSLATE_NOOP("slow", "The server can't count queries"),
        QT_TRANSLATE_NOOP("slow", "PostgreSQL's additional modules, with pg_stat_statements, are not installed there."),
    ),
    CountingState.HIDDEN: (
        QT_TRANSLATE_NOOP("slow", "Your role may not look at the counted queries"),
        QT_TRANSLATE_NOOP("slow", "Somebody who may has to allow it."),
    ),
}
_STEPS: Final[Mapping[str, str]] = {
    "package": QT_TRANSLATE_NOOP("slow", "Install PostgreSQL's additional modules (postgresql-contrib) on the server"),
    "preload": QT_TRANSLATE_NOOP("slow", "Have the library loaded"),
    "restart": QT_TRANSLATE_NOOP("slow", "Restart the server"),
    "create": QT_TRANSLATE_NOOP("slow", "Create the extension in this database"),
    "grant": QT_TRANSLATE_NOOP("slow", "Allow it to your role"),
}
_HIDDEN: Final = QT_TRANSLATE_NOOP("slow", "(another role's: hidden from yours)")


def said(text: str) -> str:
    """Say a text about slow queries in the current language."""
    return QCoreApplication.translate("slow", text)


def state_words(state: CountingState) -> tuple[str, str]:
    """Say why no queries can be shown: a title and an explanation."""
    title, why = _STATES[state]
    return said(title), said(why)


def step_words(code: str) -> str:
    """Say one thing to do so that queries are counted."""
    return said(_STEPS[code]) if code in _STEPS else code


def text_words(query: SlowQuery) -> str:
    """Return a query's text without values on one line."""
    return said(_HIDDEN) if query.is_hidden else " ".join(query.text.split())
