"""What proving a backup has shown: its words, and the block that says before a restore how far it can be relied on."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nexus_studio.core.admin.archives import ArchivePreview
from nexus_studio.core.admin.backups import Proof
from nexus_studio.core.admin.retention import Standing, standing_of
from nexus_studio.ui.kit.moments import moment_text
from nexus_studio.ui.kit.parts import Card, label
from nexus_studio.ui.panels.backups.counts import Counts
from nexus_studio.ui.panels.backups.words import duration_text, standing_word


class ProofView(QObject):
    """Says it, in the current language."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counts = Counts(self)

    def words(self, proof: Proof) -> str:
        """Say when and where it was restored, and what was found; a line for each."""
        where = self.tr("on the embedded server") if proof.where == "embedded" else self.tr("on the same server")
        when = self.tr("Restored on {moment} {where} (PostgreSQL {version}), in {time}").format(
            moment=moment_text(proof.proven_at),
            where=where,
            version=proof.server_version,
            time=duration_text(proof.duration_s),
        )
        lines = [f"{when}  ·  {self._counts.compared(proof.compared)}"]
        if proof.differences:
            lines.append(self._counts.differences(len(proof.differences)))
        if proof.missing_extensions:
            words = self.tr("Extensions that could not be had there: {names}")
            lines.append(words.format(names=", ".join(proof.missing_extensions)))
        lines += [self.tr("The restore said: {words}").format(words=each) for each in proof.problems]
        lines += [self.tr("Beside the models: {words}").format(words=each) for each in proof.model_problems]
        return "\n".join(lines)

    def card(self, preview: ArchivePreview, name: str) -> Card:
        """Make the block about a backup that is to be restored; one that was never proven is warned of."""
        record = preview.record
        standing = standing_of(record, record.size_bytes if record else None)  # what is altered has no preview
        title, severity = standing_word(standing.value), "success"
        lines = []
        if record is None or standing is Standing.UNPROVEN:
            title, severity = self.tr("Never proven"), "warning"
            lines.append(self.tr("Nobody has restored and compared it yet. Prove it first, to know that it can be."))
        elif (proof := record.proof) is not None:
            lines.append(self.words(proof))
            if standing is Standing.NOT_PROVEN:
                severity = "error"
            elif proof.is_good and not proof.compared:
                severity = "info"
                words = self.tr("Only that it can be restored is known: what its tables should hold is noted nowhere.")
                lines.append(words)
        if record is not None and record.proven_at and (record.proof is None or not record.proof.is_good):
            lines.append(self.tr("It was whole on {moment}.").format(moment=moment_text(record.proven_at)))
        card = Card(title, sign=severity, ink="danger" if severity == "error" else severity, severity=severity)
        card.setObjectName(f"backups.{name}_proof")
        card.setAccessibleName(title)
        for each in lines:
            card.add(label(each, selectable=True))
        return card
