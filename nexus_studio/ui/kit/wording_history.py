"""Errors of the history of saves, by code."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

HISTORY_WORDS: Mapping[str, Words] = {
    "history.store": Words(
        QT_TRANSLATE_NOOP("errors", "The history can't be used"),
        QT_TRANSLATE_NOOP("errors", "It is kept in {file}. The system says: {words}"),
    ),
    "history.newer": Words(
        QT_TRANSLATE_NOOP("errors", "A later Nexus Studio has written the history"),
        QT_TRANSLATE_NOOP("errors", "It is kept in {file}. Use the later one, or put that file elsewhere."),
    ),
    "history.unknown_set": Words(
        QT_TRANSLATE_NOOP("errors", "That save is no longer in the history"),
        QT_TRANSLATE_NOOP("errors", "It was deleted, or was not written after all. Read the list again."),
    ),
    "history.many_sets": Words(QT_TRANSLATE_NOOP("errors", "Several saves begin with {id}")),
    "history.part_broken": Words(
        QT_TRANSLATE_NOOP("errors", "The rows of this save can't be read any more"),
        QT_TRANSLATE_NOOP("errors", "Look for them in a backup."),
    ),
    "history.other_database": Words(
        QT_TRANSLATE_NOOP("errors", "This was saved to another database"),
        QT_TRANSLATE_NOOP("errors", "Open {place} to take it back."),
    ),
    "history.nothing_left": Words(QT_TRANSLATE_NOOP("errors", "There is nothing to take back")),
    "history.no_table": Words(
        QT_TRANSLATE_NOOP("errors", "No history is shared in this database"),
        QT_TRANSLATE_NOOP("errors", "There is no table {relation}."),
    ),
    "history.has_table": Words(QT_TRANSLATE_NOOP("errors", "The table {relation} is there already")),
    "history.table_kept_from": Words(
        QT_TRANSLATE_NOOP("errors", "This role may not read the team's history"),
        QT_TRANSLATE_NOOP("errors", "The owner of {relation} can grant it."),
    ),
    "history.reason": Words(
        QT_TRANSLATE_NOOP("errors", "This connection asks for a reason with each save"),
        QT_TRANSLATE_NOOP("errors", "Nothing was written. Review the changes, and say why."),
    ),
    "history.unwritten": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing was saved, since it could not be kept in the history"),
        QT_TRANSLATE_NOOP("errors", "The history is kept in {file}. The system says: {words}"),
    ),
    "history.unwritten_shared": Words(
        QT_TRANSLATE_NOOP("errors", "Nothing was saved, since it could not be kept in the team's history"),
        QT_TRANSLATE_NOOP("errors", "PostgreSQL says of {relation}: {words}"),
    ),
}
