"""Why a filter was refused, in words, and which of its parts is the likeliest to be at fault."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.data.filters import Filter
from nexus_studio.core.errors import InvalidFilter, StudioError, TimedOut
from nexus_studio.ui.grid.filter_parts import concerns, has_raw
from nexus_studio.ui.kit.wording import reason_sentence, sentence


def is_read_only(error: StudioError) -> bool:
    """Tell whether the server refused to write: a filter that does is at fault, whatever the session may do."""
    return error.code == "permission.read_only"


def why_refused(error: StudioError) -> str:
    """Say why a filter was refused: in the server's words where it said something, else in ours."""
    said = sentence(error)
    if is_read_only(error):
        only = QCoreApplication.translate("FilterBar", "A filter can only read, and this one would write.")
        return f"{only} {said.server_message}".strip()
    if isinstance(error, InvalidFilter | TimedOut):
        words = (said.title + ".", said.explanation, said.server_message)
        return " ".join(part for part in words if part.strip("."))
    return said.server_message or reason_sentence(error)  # their explanations speak of writing


def at_fault(error: StudioError, parts: Sequence[Filter], changed: int) -> list[int]:
    """Return the places of the parts that an error is about.

    Those of the column it names; those with raw SQL where it is about that; else the part that was `changed` last (-1
    for none): without it the rows came. The only part there is has no other to blame.
    """
    column, operator = str(error.facts.get("column") or ""), str(error.facts.get("operator") or "")
    named = [place for place, part in enumerate(parts) if column and concerns(part, column, operator)]
    if named:
        return named
    if error.code in {"filter.raw", "filter.refused"} or is_read_only(error):
        return [place for place, part in enumerate(parts) if has_raw(part)]
    if len(parts) == 1:
        return [0]
    return [changed] if 0 <= changed < len(parts) else []
