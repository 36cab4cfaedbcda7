"""PreviewView: whether a backup is proven, what it holds, what it needs that is missing here, and what to beware of."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.ui.kit.facts import FactList
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.kit.sizes_said import size_text
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.proof_view import ProofView
from nexus_studio.ui.panels.backups.words import DASH, format_word, warning_words

_MOST_NAMES = 12


@dataclass(frozen=True, slots=True)
class Revisions:
    """Migrations to compare a backup's with: of the open database, and the newest of the project; "" unknown."""

    here: str = ""
    project: str = ""


class PreviewView(QWidget):
    """Shows an `ArchivePreview`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"backups.{name}_preview")
        self._name = name
        self._counts = Counts(self)
        self._proof = ProofView(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._content = QWidget(self)
        self._column.addWidget(self._content)
        self._column.addStretch(1)

    def show_preview(self, preview: ArchivePreview, revisions: Revisions) -> None:
        """Show a preview, its migrations beside those of the open database and of the project."""
        self._content.setParent(None)
        self._content.deleteLater()
        self._content = content = QWidget(self)
        self._column.insertWidget(0, content)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self._proof.card(preview, self._name))
        if preview.missing_extensions or preview.missing_roles:
            column.addWidget(self._missing(preview))
        if preview.warnings:
            column.addWidget(self._warnings(preview))
        facts = FactList(f"backups.{self._name}_facts", content)
        facts.show_facts(self._facts(preview, revisions))
        column.addWidget(facts)

    # inside

    def _missing(self, preview: ArchivePreview) -> Card:
        card = Card(
            self.tr("What it needs is missing on this server"), sign="warning", ink="warning", severity="warning"
        )
        card.setObjectName(f"backups.{self._name}_missing")
        card.setAccessibleName(self.tr("What it needs is missing on this server"))
        if preview.missing_extensions:
            words = self.tr("Extensions: {names}").format(names=_listed(preview.missing_extensions))
            card.add(label(words, selectable=True))
        if preview.missing_roles:
            words = self.tr("Roles: {names}").format(names=_listed(preview.missing_roles))
            card.add(label(words, selectable=True))
            card.add(label(self.tr("Make the roles first, or restore without owners and privileges."), "muted"))
        return card

    def _warnings(self, preview: ArchivePreview) -> Card:
        card = Card(self.tr("Good to know"), sign="info", ink="info", severity="info")
        card.setObjectName(f"backups.{self._name}_warnings")
        card.setAccessibleName(self.tr("Good to know"))
        for code in preview.warnings:
            card.add(label(warning_words(code), selectable=True))
        return card

    def _facts(self, preview: ArchivePreview, revisions: Revisions) -> list[tuple[str, str]]:
        holds = [self._counts.tables(len(preview.tables))] if preview.tables or not preview.record else []
        if preview.record is not None and preview.record.states is not None:
            holds.append(self._counts.rows(sum(each.rows for each in preview.record.states)))
        if preview.large_objects:
            holds.append(self.tr("large objects"))
        facts = [
            (self.tr("File"), preview.file),
            (self.tr("Database"), preview.database or DASH),
            (self.tr("Made"), moment_text(preview.made_at) if preview.made_at else DASH),
            (self.tr("Format"), f"{format_word(preview.kind.value)}  ·  {size_text(preview.size_bytes)}"),
            (self.tr("Server"), f"PostgreSQL {preview.server_version}" if preview.server_version else DASH),
            (self.tr("Program"), preview.tool or DASH),
            (self.tr("Holds"), "  ·  ".join(holds)),
            (self.tr("Schemas"), _listed(preview.schemas)),
            (self.tr("Extensions"), _listed(preview.extensions)),
            (self.tr("Roles"), _listed(preview.roles)),
        ]
        if preview.revision or revisions.here:
            words = self.tr("{revision}  ·  this database: {here}  ·  the project: {project}").format(
                revision=preview.revision or DASH, here=revisions.here or DASH, project=revisions.project or DASH
            )
            facts.append((self.tr("Revision"), words))
        return facts


def _listed(names: tuple[str, ...]) -> str:
    if not names:
        return DASH
    return ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
