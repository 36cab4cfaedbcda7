"""English source of the words for what environments refuse: locks, declarations. Translated in context "errors"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

SAFETY_WORDS: Mapping[str, Words] = {
    "forbidden.locked": Words(
        QT_TRANSLATE_NOOP("errors", "Production is locked"),
        QT_TRANSLATE_NOOP(
            "errors", "Nothing is written before somebody unlocks it, for a while and with a reason. Staged edits stay."
        ),
        ("session.unlock",),
    ),
    "unlock.reason": Words(
        QT_TRANSLATE_NOOP("errors", "Say why"),
        QT_TRANSLATE_NOOP("errors", "Production is unlocked for a reason, and it is written down."),
    ),
    "unlock.minutes": Words(
        QT_TRANSLATE_NOOP("errors", "That is too long"),
        QT_TRANSLATE_NOOP("errors", "Production is unlocked for {most} minutes at most."),
    ),
    "unlock.unrecorded": Words(
        QT_TRANSLATE_NOOP("errors", "Production stays locked"),
        QT_TRANSLATE_NOOP("errors", "The reason could not be written to {file}."),
        ("session.unlock",),
    ),
    "environment.disagrees": Words(
        QT_TRANSLATE_NOOP("errors", "“{database}” says that it is something else"),
        QT_TRANSLATE_NOOP(
            "errors",
            "It declares itself “{declared}”, and this connection is marked “{chosen}”. What may be done there depends "
            "on it, so nothing was opened.",
        ),
        ("connection.edit",),
    ),
    "declare.refused": Words(
        QT_TRANSLATE_NOOP("errors", "This role may not say what the database is for"),
        QT_TRANSLATE_NOOP("errors", "Its owner can note it in the comment, a superuser can set it."),
    ),
}
