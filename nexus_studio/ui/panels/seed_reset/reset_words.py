"""What resets are called for people: what they do, what will be lost, where one stands. Context "resets"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.resets import LossReport, Others, OtherSession, ResetPhase
from nexus_studio.core.admin.shelves import Shelf
from nexus_studio.services.session import Session
from nexus_studio.ui.kit.object_kinds import KindCounts, kind_name
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.kit.wording import in_series
from nexus_studio.ui.kit.wording_resets import RESET_PROGRESS
from nexus_studio.ui.panels.seed_reset.counts import Counts

RESET, EMPTY, RECREATE = "reset.reset", "reset.empty", "reset.recreate"
"""The acts of the page; their buttons are called the same."""

_MOST_NAMED = 10


def kind_words(act_id: str) -> tuple[str, str, str]:
    """Name what can be done: its choice, its explanation, its button."""
    words = {
        RESET: (
            QCoreApplication.translate("resets", "Reset"),
            QCoreApplication.translate("resets", "Drop what is in the schemas, apply all migrations, run a seed."),
            QCoreApplication.translate("resets", "Reset…"),
        ),
        EMPTY: (
            QCoreApplication.translate("resets", "Empty tables"),
            QCoreApplication.translate("resets", "Delete all rows of some tables; numbers begin at 1 again."),
            QCoreApplication.translate("resets", "Empty tables…"),
        ),
        RECREATE: (
            QCoreApplication.translate("resets", "Recreate the database"),
            QCoreApplication.translate(
                "resets", "Make a new database beside this one, and give it the name when all is well."
            ),
            QCoreApplication.translate("resets", "Recreate…"),
        ),
    }
    return words[act_id]


def others_word(wish: Others) -> str:
    """Name what is done about connections of others."""
    words = {
        Others.REFUSE: QCoreApplication.translate("resets", "Refuse while others are connected"),
        Others.LEAVE: QCoreApplication.translate("resets", "Go on beside them"),
        Others.END: QCoreApplication.translate("resets", "End their connections"),
    }
    return words[wish]


def obstacle(session: Session | None, act_id: str) -> str:
    """Say why something can't be done with this connection at all; empty when it can."""
    if session is None:
        return QCoreApplication.translate("resets", "No database is open.")
    if rail(act(act_id), session.profile.environment) is Rail.REFUSED:
        return QCoreApplication.translate("resets", "Not in staging and production: nothing is reset there.")
    if session.is_read_only:
        return QCoreApplication.translate("resets", "This connection is read-only.")
    return ""


def loss_headline(loss: LossReport) -> str:
    """Say in one line what will be lost."""
    if not loss.tables and not loss.objects:
        return QCoreApplication.translate("resets", "Nothing will be lost: nothing is there")
    counts = Counts()
    said = QCoreApplication.translate("resets", "Will be lost: {tables}, {rows}, {size}")
    rows = counts.rows(loss.rows)
    if loss.is_estimate:
        rows = QCoreApplication.translate("resets", "about {number}").format(number=rows)
    return said.format(tables=counts.tables(len(loss.tables)), rows=rows, size=size_text(loss.bytes))


def chosen_line(loss: LossReport) -> str:
    """Say which tables were chosen, and that others go on their account."""
    chosen = [str(each.name) for each in loss.tables if each.cause is None]
    names = ", ".join(chosen[:_MOST_NAMED]) + (" …" if len(chosen) > _MOST_NAMED else "")
    if len(chosen) == len(loss.tables):
        return QCoreApplication.translate("resets", "You chose: {names}.").format(names=names)
    said = QCoreApplication.translate("resets", "You chose: {names}. The others can't be without them.")
    return said.format(names=names)


def objects_line(loss: LossReport) -> str:
    """Say what else there is of each kind."""
    counts = KindCounts()
    listed = ", ".join(counts.counted(kind, number) for kind, number in sorted(loss.counts.items()))
    return QCoreApplication.translate("resets", "And: {listed}").format(listed=listed) if listed else ""


def elsewhere_line(loss: LossReport) -> str:
    """Say what goes outside of what was chosen."""
    listed = ", ".join(f"{kind_name(each.kind)} {each.name}" for each in loss.elsewhere)
    said = QCoreApplication.translate("resets", "Outside of what you chose, since it can't be without it: {listed}")
    return said.format(listed=listed) if listed else ""


def connected_line(others: tuple[OtherSession, ...]) -> str:
    """Say who is connected."""
    listed = in_series(" ".join(filter(None, (str(each.pid), each.user, each.application))) for each in others)
    return QCoreApplication.translate("resets", "Connected now: {listed}").format(listed=listed) if listed else ""


def phase_word(phase: ResetPhase) -> str:
    """Name a phase."""
    return QCoreApplication.translate("progress", RESET_PROGRESS[f"reset.{phase.value}"])


def age_word(seconds: int) -> str:
    """Say how old something is, in the largest unit."""
    if seconds >= 86_400:  # noqa: PLR2004 - a day
        return QCoreApplication.translate("resets", "{number} d").format(number=seconds // 86_400)
    if seconds >= 3_600:  # noqa: PLR2004 - an hour
        return QCoreApplication.translate("resets", "{number} h").format(number=seconds // 3_600)
    if seconds >= 60:  # noqa: PLR2004 - a minute
        return QCoreApplication.translate("resets", "{number} min").format(number=seconds // 60)
    return QCoreApplication.translate("resets", "just now")


def shelf_kind(shelf: Shelf) -> str:
    """Name how a shelf is kept."""
    if shelf.is_left_over:
        return QCoreApplication.translate("resets", "left over")
    if shelf.is_dump:
        return QCoreApplication.translate("resets", "dump on this machine")
    return QCoreApplication.translate("resets", "copy on the server")
