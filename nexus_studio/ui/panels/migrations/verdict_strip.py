"""VerdictStrip: what Prisma itself would say of this database, marked where that is not what is so."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nexus_studio.core.admin.prismatexts import error
from nexus_studio.core.admin.prismaverdict import PrismaVerdict
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.theme import Theme
from nexus_studio.ui.kit.wording import in_series
from nexus_studio.ui.panels.migrations.flows.codeview import CodeView
from nexus_studio.ui.panels.migrations.prisma_words import UNTOLD, saying_line, translated

_MOST = 4  # migrations that are named
_MOST_LINES = 8
_SIGN = 18


class VerdictStrip(QFrame):
    """Hidden on an Alembic project. All that Prisma would print is a click away."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: PrismaVerdict | None = None
        self.setObjectName("migrations.verdict")
        self.setProperty("strip", True)
        self._sign = QLabel(self)
        self._says, self._untold, self._others = map(self._label, ("says", "untold", "others"))
        for muted in (self._untold, self._others):
            muted.setProperty("muted", True)
        self.whole = QPushButton(self)
        self.whole.setObjectName("migrations.verdict.whole")
        self.whole.setCheckable(True)
        self.whole.setProperty("flat", True)
        self._text = CodeView(theme, "", "migrations.verdict.text", "", self, most_lines=_MOST_LINES)
        self._text.hide()
        self.whole.toggled.connect(self._text.setVisible)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self._says, self._untold, self._others, self._text):
            words.addWidget(part)
        line = QHBoxLayout(self)
        line.setContentsMargins(20, 6, 12, 6)
        line.setSpacing(12)
        line.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_verdict(self, verdict: PrismaVerdict | None) -> None:
        """Show what Prisma would say; None hides the strip."""
        self._verdict = verdict
        self.setVisible(verdict is not None)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything in the current language."""
        verdict = self._verdict
        self.whole.setText(self.tr("All it prints"))
        self.whole.setAccessibleName(self.tr("Show all that Prisma would print"))
        self._text.setAccessibleName(self.tr("What Prisma would print"))
        if verdict is None:
            return
        tone = "warning" if verdict.is_misleading else "text-muted"
        self._sign.setPixmap(icon("warning" if verdict.is_misleading else "info", tone).pixmap(_SIGN, _SIGN))
        says = self.tr("Prisma {version} would say “{line}” (exit code {code}).").format(
            version=str(verdict.version), line=saying_line(verdict), code=verdict.exit_code
        )
        if verdict.is_misleading:
            says = f"{says} {self.tr('That is not so.')}"
        self._says.setText(says)
        self._says.setProperty("tone", "warning" if verdict.is_misleading else "")
        self._says.style().polish(self._says)
        self._untold.setText(self._untold_words(verdict))
        self._untold.setVisible(bool(verdict.untold))
        self._others.setText(
            self.tr(
                "schema.prisma names further schemas: {schemas}. Unlike Prisma, a reset empties the connection's "
                "schema alone, unless the others are chosen too; adopting takes over that one."
            ).format(schemas=", ".join(verdict.others))
        )
        self._others.setVisible(bool(verdict.others))
        self._text.show_text(error(verdict.code, verdict.text) if verdict.code else verdict.text)
        self.setAccessibleName(says)
        self.setAccessibleDescription(self._untold.text())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.LanguageChange, QEvent.Type.PaletteChange}:
            self.retranslate()

    def _untold_words(self, verdict: PrismaVerdict) -> str:
        told = [translated(UNTOLD.get(why, "{name}"), name=name) for name, why in verdict.untold[:_MOST]]
        if (more := len(verdict.untold) - _MOST) > 0:
            told.append(self.tr("%Ln more migration(s)", "", more))
        return self.tr("It keeps silent about: {untold}.").format(untold=in_series(told))

    def _label(self, name: str) -> QLabel:
        label = QLabel(self)
        label.setObjectName(f"migrations.verdict.{name}")
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return label
