"""English source of the words for drafts: staged edits on disk. Context "errors"."""

from __future__ import annotations

from collections.abc import Mapping

from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.kit.wording_tables import Words

_SYSTEMS_WORDS = (("words", QT_TRANSLATE_NOOP("errors", "The system says: {words}.")),)

DRAFT_WORDS: Mapping[str, Words] = {
    "draft": Words(QT_TRANSLATE_NOOP("errors", "The edits that were kept can't be used")),
    "draft.unwritten": Words(
        QT_TRANSLATE_NOOP("errors", "Your edits can't be kept on disk"),
        QT_TRANSLATE_NOOP(
            "errors",
            "They are still here and can be saved, but a crash would lose them. Make room in {folder}; it is tried "
            "again all the time.",
        ),
        extras=_SYSTEMS_WORDS,
    ),
    "draft.taken": Words(
        QT_TRANSLATE_NOOP("errors", "Another Nexus Studio has these edits now"),
        QT_TRANSLATE_NOOP("errors", "It was faster: look for them in its window."),
    ),
    "draft.owned": Words(
        QT_TRANSLATE_NOOP("errors", "These edits are open in a Nexus Studio that runs"),
        QT_TRANSLATE_NOOP("errors", "Discard them in its window."),
    ),
    "draft.unremoved": Words(
        QT_TRANSLATE_NOOP("errors", "The file of these edits can't be removed"),
        QT_TRANSLATE_NOOP("errors", "It is {file}."),
        extras=_SYSTEMS_WORDS,
    ),
    "draft.newer": Words(
        QT_TRANSLATE_NOOP("errors", "A newer Nexus Studio kept these edits"),
        QT_TRANSLATE_NOOP("errors", "This one can't read them. They stay where they are: restore them with that one."),
    ),
    "draft.unreadable": Words(
        QT_TRANSLATE_NOOP("errors", "Edits that were kept can't be read any more"),
        QT_TRANSLATE_NOOP("errors", "The file is damaged from its beginning on: {file}."),
    ),
    "draft.unknown": Words(
        QT_TRANSLATE_NOOP("errors", "There are no such edits on this machine"),
        QT_TRANSLATE_NOOP("errors", "They were restored or discarded meanwhile."),
    ),
}
