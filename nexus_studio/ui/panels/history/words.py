"""What saved sets are called for people: moments, persons, kinds, gaps, obstacles. Context "history"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.acts import act, rail
from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.history import Action, SavedSet, Standing
from nexus_studio.core.data.images import Cause
from nexus_studio.core.data.undoing import Gap
from nexus_studio.core.profiles import Capability
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP
from nexus_studio.ui.panels.history.counts import Counts

REVERT, PRUNE, SHARE = "history.revert", "history.prune", "history.share"
"""The acts of the panel, and the objectNames of the buttons that do them."""

MASK: Final = "••••••"
DASH: Final = "–"
_LONGEST: Final = 300

_GAPS: Final[Mapping[Gap, str]] = {
    Gap.RELATION_GONE: QT_TRANSLATE_NOOP("history", "the table is gone"),
    Gap.COLUMN_GONE: QT_TRANSLATE_NOOP("history", "they come back without columns that are gone: {columns}"),
    Gap.NOT_EDITABLE: QT_TRANSLATE_NOOP("history", "this role may not write them"),
    Gap.KEY_CHANGED: QT_TRANSLATE_NOOP("history", "the table's key is another one now"),
    Gap.MASKED: QT_TRANSLATE_NOOP("history", "some of their values were masked when they were deleted, and not kept"),
    Gap.TAKEN_OVER: QT_TRANSLATE_NOOP("history", "they point to a key that another row took over in the same save"),
    Gap.UNREAD: QT_TRANSLATE_NOOP("history", "they could not be read when they went along"),
}
_KINDS: Final[Mapping[ChangeKind, str]] = {
    ChangeKind.INSERT: QT_TRANSLATE_NOOP("history", "New row {row}"),
    ChangeKind.UPDATE: QT_TRANSLATE_NOOP("history", "Changed {row}"),
    ChangeKind.DELETE: QT_TRANSLATE_NOOP("history", "Deleted {row}"),
}
_CAUSES: Final[Mapping[Cause, str]] = {
    Cause.CASCADE: QT_TRANSLATE_NOOP("history", "went along"),
    Cause.SET_NULL: QT_TRANSLATE_NOOP("history", "its link was set to NULL"),
    Cause.SET_DEFAULT: QT_TRANSLATE_NOOP("history", "its link was set to its default"),
    Cause.KEY_FOLLOWS: QT_TRANSLATE_NOOP("history", "its link followed a key"),
}
SIGNS: Final[Mapping[ChangeKind, tuple[str, str]]] = {
    ChangeKind.INSERT: ("plus", "inserted"),
    ChangeKind.UPDATE: ("edit", "edited"),
    ChangeKind.DELETE: ("trash", "deleted"),
}
"""An icon, and the token of the colour behind the row."""


def said(text: str) -> str:
    """Translate a marked text of this panel."""
    return QCoreApplication.translate("history", text)


def who_text(saved: SavedSet) -> str:
    """Name who saved it: the account, and the role where it is another name."""
    account, role = saved.origin.account, saved.origin.role
    return f"{account} ({role})" if account and role and role != account else account or role


def tables_text(saved: SavedSet, counts: Counts) -> str:
    """Name the tables; of many the first."""
    names = [str(each.relation) for each in saved.tables]
    if len(names) > 2:  # noqa: PLR2004 - two fit
        return counts.more_tables(len(names) - 1).format(table=names[0])
    return ", ".join(names)


def reason_text(saved: SavedSet) -> str:
    """Say why, behind the ticket."""
    return " · ".join(filter(None, (saved.ticket, saved.reason)))


def standing_text(saved: SavedSet) -> str:
    """Say what is special about a set; empty where nothing is."""
    words = {
        Standing.WRITTEN: "",
        Standing.PENDING: said(QT_TRANSLATE_NOOP("history", "Its end is not known yet: the server is asked again.")),
        Standing.UNKNOWN: said(
            QT_TRANSLATE_NOOP("history", "Nobody knows whether it was written: look at the rows first.")
        ),
    }[saved.standing]
    lines = [words]
    if saved.action is Action.REVEAL:
        words = said(QT_TRANSLATE_NOOP("history", "Masked values were looked at: {columns}"))
        lines.append(words.format(columns=", ".join(saved.columns)))
    if saved.action is Action.IMPORT:
        if saved.has_rows:
            lines.append(said(QT_TRANSLATE_NOOP("history", "Imported from a file.")))
        else:
            words = QT_TRANSLATE_NOOP(
                "history", "Imported from a file. What its rows were is not kept: it can't be taken back from here."
            )
            lines.append(said(words))
    if saved.reverts:
        lines.append(said(QT_TRANSLATE_NOOP("history", "It took {id} back.")).format(id=saved.reverts[:8]))
    for each in saved.takes_back:
        whole = QT_TRANSLATE_NOOP("history", "It took {id} back, beside other edits.")
        part = QT_TRANSLATE_NOOP("history", "It took {id} back in part.")
        lines.append(said(whole if each.is_whole else part).format(id=each.id[:8]))
    if saved.reverted_by:
        lines.append(said(QT_TRANSLATE_NOOP("history", "It was taken back by {id}.")).format(id=saved.reverted_by[:8]))
    for identifier in saved.in_part_by:
        words = said(QT_TRANSLATE_NOOP("history", "It was taken back in part by {id}."))
        lines.append(words.format(id=identifier[:8]))
    return "\n".join(filter(None, lines))


def sign_of(saved: SavedSet) -> tuple[str, str]:
    """Return a set's icon and its ink."""
    if saved.action is Action.REVEAL:
        return "eye", "text-muted"
    if saved.standing is not Standing.WRITTEN:
        return "pending", "warning"
    if saved.action is Action.REVERT or saved.takes_back:
        return "undo", "text-muted"
    return ("discard", "text-muted") if saved.reverted_by else ("save", "text-muted")


def kind_text(kind: ChangeKind, cause: Cause, row: str) -> str:
    """Say what was done to a row, and why where a foreign key did it."""
    words = said(_KINDS[kind]).format(row=row).strip()
    return f"{words} ({said(_CAUSES[cause])})" if cause in _CAUSES else words


def gap_text(gap: Gap, columns: tuple[str, ...]) -> str:
    """Say why rows can't be taken back."""
    return said(_GAPS[gap]).format(columns=", ".join(columns))


def cell_text(cell: Cell) -> str:
    """Show a cell so that NULL and empty text differ."""
    if cell is None:
        return "NULL"
    if cell == "":
        return "“”"
    return cell if len(cell) <= _LONGEST else cell[:_LONGEST] + "…"


def obstacle(session: Session | None, act_id: str) -> str:
    """Say why something can't be done with this connection at all; empty when it can."""
    if session is None:
        return said(QT_TRANSLATE_NOOP("history", "No database is open."))
    if act(act_id).capability is Capability.BROWSE:
        return ""
    if session.is_read_only_for_good:
        return said(QT_TRANSLATE_NOOP("history", "This connection is read-only."))
    if rail(act(act_id), session.profile.environment).is_locked and session.is_read_only:
        return said(QT_TRANSLATE_NOOP("history", "Production is locked. Unlock it at the top of the window first."))
    return ""
