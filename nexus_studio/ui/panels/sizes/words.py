"""What sizes and health are called for people: sizes, shares, moments, jobs, kinds. Context "sizes"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from nexus_studio.core.admin.acts import Rail, act, rail
from nexus_studio.core.admin.sizes import IndexSize
from nexus_studio.core.admin.sizetree import NodeKind, SizeNode
from nexus_studio.core.schema.catalog import RelationKind
from nexus_studio.services.session import Session
from nexus_studio.ui.kit import sizes_said
from nexus_studio.ui.kit.marking import QT_TRANSLATE_NOOP

DASH: Final = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_KINDS: Final[Mapping[NodeKind, str]] = {
    NodeKind.DATABASE: QT_TRANSLATE_NOOP("sizes", "database"),
    NodeKind.SCHEMA: QT_TRANSLATE_NOOP("sizes", "schema"),
    NodeKind.RELATION: QT_TRANSLATE_NOOP("sizes", "table"),
    NodeKind.INDEX: QT_TRANSLATE_NOOP("sizes", "index"),
    NodeKind.ROWS: QT_TRANSLATE_NOOP("sizes", "rows"),
    NodeKind.TOAST: QT_TRANSLATE_NOOP("sizes", "long values (TOAST)"),
    NodeKind.OTHER: QT_TRANSLATE_NOOP("sizes", "catalogs and the rest"),
}
_RELATIONS: Final[Mapping[RelationKind, str]] = {
    RelationKind.PARTITIONED: QT_TRANSLATE_NOOP("sizes", "partitioned table"),
    RelationKind.MATERIALIZED_VIEW: QT_TRANSLATE_NOOP("sizes", "materialized view"),
}


def said(text: str) -> str:
    """Say a text of the panel in the current language."""
    return QCoreApplication.translate("sizes", text)


def kind_word(node: SizeNode) -> str:
    """Name what a node is."""
    if node.kind is NodeKind.RELATION and node.relation is not None and node.relation.kind in _RELATIONS:
        return said(_RELATIONS[node.relation.kind])
    return said(_KINDS[node.kind])


def node_title(node: SizeNode) -> str:
    """Name a node: by its name where it has one, else by what it is."""
    return node.name or kind_word(node)


def size_text(size_bytes: int | None) -> str:
    """Write a size; a dash where it is not known."""
    return DASH if size_bytes is None else sizes_said.size_text(size_bytes)


def grown_text(grown_bytes: int) -> str:
    """Write what was gained, with its sign."""
    return f"{'+' if grown_bytes > 0 else ''}{sizes_said.size_text(grown_bytes)}"


def count_text(number: int | None) -> str:
    """Write a number; a dash where it is not known."""
    return DASH if number is None else QLocale().toString(number)


def number_text(number: float, digits: int) -> str:
    """Write a number with so many digits behind the point."""
    return QLocale().toString(float(number), "f", digits)


def share_text(share: float | None, digits: int = 0) -> str:
    """Write a share of 0 to 1 in percent; a dash where it is not known."""
    if share is None:
        return DASH
    words = said(QT_TRANSLATE_NOOP("sizes", "{percent} %"))
    return words.format(percent=number_text(share * 100, digits))


def day_text(day: date) -> str:
    """Write a day in the locale's form."""
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.LongFormat)


def ago_text(moment: datetime | None, now: datetime | None = None) -> str:
    """Say how long ago something was, in the largest unit; "never" for None."""
    if moment is None:
        return said(QT_TRANSLATE_NOOP("sizes", "never"))
    seconds = max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))
    locale = QLocale()
    if seconds >= _DAY:
        return said(QT_TRANSLATE_NOOP("sizes", "{number} d ago")).format(number=locale.toString(seconds // _DAY))
    if seconds >= _HOUR:
        return said(QT_TRANSLATE_NOOP("sizes", "{number} h ago")).format(number=seconds // _HOUR)
    if seconds >= _MINUTE:
        return said(QT_TRANSLATE_NOOP("sizes", "{number} min ago")).format(number=seconds // _MINUTE)
    return said(QT_TRANSLATE_NOOP("sizes", "just now"))


def duration_text(seconds: float) -> str:
    """Write how long something takes, in the unit that fits."""
    if seconds >= _DAY:
        words = said(QT_TRANSLATE_NOOP("sizes", "{days} d {hours} h"))
        return words.format(days=int(seconds // _DAY), hours=int(seconds % _DAY // _HOUR))
    if seconds >= _HOUR:
        words = said(QT_TRANSLATE_NOOP("sizes", "{hours} h {minutes} min"))
        return words.format(hours=int(seconds // _HOUR), minutes=int(seconds % _HOUR // _MINUTE))
    if seconds >= _MINUTE:
        words = said(QT_TRANSLATE_NOOP("sizes", "{minutes} min {seconds} s"))
        return words.format(minutes=int(seconds // _MINUTE), seconds=int(seconds % _MINUTE))
    if seconds < 1:
        words = said(QT_TRANSLATE_NOOP("sizes", "{number} ms"))
        return words.format(number=QLocale().toString(float(seconds * 1000), "f", 0 if seconds >= 0.01 else 1))  # noqa: PLR2004 - two digits say enough
    digits = 0 if seconds >= 10 else 1  # noqa: PLR2004 - two digits say enough
    return said(QT_TRANSLATE_NOOP("sizes", "{number} s")).format(number=QLocale().toString(float(seconds), "f", digits))


def index_words(index: IndexSize) -> str:
    """Say what is to be known of an index beside its size."""
    if not index.is_valid:
        return said(QT_TRANSLATE_NOOP("sizes", "invalid: building it failed, and no query uses it"))
    if index.is_primary:
        return said(QT_TRANSLATE_NOOP("sizes", "primary key"))
    return said(QT_TRANSLATE_NOOP("sizes", "unique")) if index.is_unique else ""


def obstacle(session: Session | None, act_id: str) -> str:
    """Say why something can't be done with this connection at all; empty when it can."""
    if session is None:
        return said(QT_TRANSLATE_NOOP("sizes", "No database is open."))
    if session.server.standby:
        return said(QT_TRANSLATE_NOOP("sizes", "This is a standby: it has to be done on the primary."))
    if session.is_read_only_for_good:
        return said(QT_TRANSLATE_NOOP("sizes", "This connection is read-only."))
    wanted = rail(act(act_id), session.profile.environment)
    if wanted is Rail.REFUSED:
        return said(QT_TRANSLATE_NOOP("sizes", "This environment does not allow it."))
    if wanted.is_locked and session.is_read_only:
        return said(QT_TRANSLATE_NOOP("sizes", "Production is locked. Unlock it at the top of the window first."))
    return ""
