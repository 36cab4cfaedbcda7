"""The dialog that keeps staged edits as a seed: it asks for a name and a sentence, and says where the file is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.seeds import slug
from nexus_studio.core.data.changes import RowChange
from nexus_studio.core.errors import StudioError
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.ui.kit.context import UiContext
from nexus_studio.ui.kit.notices import NoticeButton
from nexus_studio.ui.kit.parts import label
from nexus_studio.ui.kit.wording import sentence

if TYPE_CHECKING:  # the services are imported behind the first paint
    from nexus_studio.services.seeding import SeedService

_WIDTH = 460  # pixels


class KeepDialog(QDialog):
    """Writes the script when it is told to; the edits themselves stay staged as they are."""

    def __init__(
        self,
        context: UiContext,
        seeds: SeedService,
        relation: Relation,
        changes: Sequence[RowChange],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("keep_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Keep as a seed"))
        self.setModal(True)
        self.setMinimumWidth(_WIDTH)
        self._context, self._seeds = context, seeds
        self._relation, self._changes = relation, tuple(changes)
        self.name = QLineEdit(self)
        self.description = QLineEdit(self)
        self._becomes = label("", "muted", name="keep.becomes")
        self._trouble = label("", tone="danger", name="keep.trouble")
        self._keep = QPushButton(self.tr("&Keep"), self)
        self._build()
        self._check()

    # inside

    def _build(self) -> None:
        explained = label(
            self.tr(
                "A seed brings these edits about in any database with the same tables, once or many times. "
                "It is a script in your project that you can read and commit."
            )
        )
        self.name.setObjectName("keep.name")
        self.name.setAccessibleName(self.tr("Name of the seed"))
        self.name.textChanged.connect(self._check)
        self.description.setObjectName("keep.description")
        self.description.setAccessibleName(self.tr("What the seed is for"))
        form = QFormLayout()
        form.addRow(self.tr("&Name:"), self.name)
        form.addRow(self.tr("&Description:"), self.description)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("keep.cancel")
        cancel.setAccessibleName(cancel.text())
        cancel.clicked.connect(self.reject)
        self._keep.setObjectName("keep.keep")
        self._keep.setAccessibleName(self.tr("Keep as a seed"))
        self._keep.setProperty("primary", True)
        self._keep.setDefault(True)
        self._keep.clicked.connect(self._go)
        foot = QHBoxLayout()
        foot.addStretch(1)
        for button in (cancel, self._keep):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(explained)
        column.addLayout(form)
        for words in (self._becomes, self._trouble):
            column.addWidget(words)
        column.addLayout(foot)
        self._trouble.hide()
        self.name.setFocus()

    def _check(self) -> None:
        name = slug(self.name.text())
        self._keep.setEnabled(bool(name))
        self._becomes.setText(self.tr("The file will be {name}.sql.").format(name=name) if name else "")
        self._trouble.hide()

    def _go(self) -> None:
        seeds, relation, changes = self._seeds, self._relation, self._changes
        name, description = self.name.text(), self.description.text()
        self._keep.setEnabled(False)
        self._context.runner.operate(
            self.tr("Keeping edits as a seed"),
            lambda _ctx: seeds.keep(name, description, relation, changes),
            owner=self,
            done=self._kept,
            failed=self._refused,
        )

    def _kept(self, path: Path) -> None:
        show = NoticeButton(self.tr("Open file"), lambda: _open(path))
        self._context.notices.success(
            self.tr("Kept as the seed {name}").format(name=path.stem),
            explanation=str(path),
            buttons=(show,),
            key="seed.kept",
        )
        self.accept()

    def _refused(self, error: StudioError) -> None:
        said = sentence(error)
        self._trouble.setText(f"{said.title}. {said.explanation}")
        self._trouble.show()
        self._keep.setEnabled(True)
        self.name.setFocus()


def _open(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
