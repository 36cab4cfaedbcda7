"""English sentences of the command line on drafts, by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

DRAFT_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "draft": ("The staged edits can't be used.", "See `nexus-studio drafts list`."),
    "draft.unknown": ("There is no draft {draft}.", "See `nexus-studio drafts list`."),
    "draft.owned": (
        "These edits are open in a Nexus Studio that runs.",
        "Save or discard them in its window. Nothing was discarded.",
    ),
    "draft.newer": (
        "A newer Nexus Studio has written {file} (format {format}).",
        "It stays where it is: restore it with that one.",
    ),
    "draft.unreadable": ("{file} is damaged from its beginning on.", "Discard it, or look into it with an editor."),
    "draft.unremoved": ("{file} can't be removed: {words}.", "See whether the folder may be written."),
}
