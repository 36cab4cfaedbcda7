"""AdviceDetails: one advice in full: why it matters, the evidence, the risk, the SQL, and the button that does it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nexus_studio.core.admin.acts import act
from nexus_studio.core.admin.advice import Action, Advice, Risk
from nexus_studio.ui.kit.facts import FactList
from nexus_studio.ui.kit.flow import FlowLayout
from nexus_studio.ui.kit.icons import icon
from nexus_studio.ui.kit.parts import Sign, label
from nexus_studio.ui.kit.theme import monospace_font
from nexus_studio.ui.kit.wording_advice import (
    action_word,
    advice_title,
    advice_why,
    evidence_lines,
    gravity_sign,
    gravity_word,
    risk_words,
)

RUN_ACT: Final = "maintain.advice"
_DANGEROUS: Final = frozenset({Risk.DROPS, Risk.LOCKS, Risk.ENDS})
_SIGN: Final = 20


class AdviceDetails(QWidget):
    """Shows one advice; nothing while there is none. Its button asks: nothing runs by itself."""

    asked = Signal(object)  # Advice whose action is to be done
    relation_asked = Signal(object)  # RelationName to be shown among the sizes
    copied = Signal()  # the SQL is in the clipboard

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sizes.advice_details")
        self._advice: Advice | None = None
        self._against = ""
        self._content = QWidget(self)
        self._sign = Sign("info", "info", _SIGN, self._content)
        self._title = label("", "subtitle", selectable=True, name="sizes.advice_title")
        self._gravity = label("", "strong", name="sizes.advice_gravity")
        self._why = label("", selectable=True, name="sizes.advice_why")
        self._risk = label("", "muted", selectable=True, name="sizes.advice_risk")
        self._against_label = label("", tone="warning", name="sizes.advice_against")
        self._evidence = FactList("sizes.advice_evidence", self._content)
        self._frame = QFrame(self._content)
        self._sql = label("", selectable=True, name="sizes.advice_sql")
        self.do_button = QPushButton(self._content)
        self.copy = QPushButton(self._content)
        self.show_table = QPushButton(self._content)
        self._area = QScrollArea(self)
        self._build()
        self.retranslate()

    def show_advice(self, advice: Advice | None) -> None:
        """Show an advice; None: nothing."""
        self._advice = advice
        self._content.setVisible(advice is not None)
        if advice is None:
            return
        self._sign.set_sign(*gravity_sign(advice.gravity))
        self._title.setText(advice_title(advice))
        self._gravity.setText(gravity_word(advice.gravity))
        self._gravity.setProperty("tone", gravity_sign(advice.gravity)[1])
        self._gravity.style().polish(self._gravity)
        self._why.setText(advice_why(advice))
        self._risk.setText(risk_words(advice.risk) if advice.statements else "")
        self._evidence.show_facts(evidence_lines(advice))
        self._sql.setText(advice.sql)
        self._frame.setVisible(bool(advice.sql))
        self.copy.setVisible(bool(advice.sql))
        self.show_table.setVisible(advice.relation is not None)
        # Each job has a dialog of its own with its act's button; what is run as it is has this one.
        self.do_button.setObjectName(act(RUN_ACT).button if advice.action is Action.RUN else "sizes.advice_do")
        self.do_button.setText(action_word(advice.action))
        self.do_button.setAccessibleName(action_word(advice.action))
        self.do_button.setVisible(advice.action is not Action.COPY)
        is_dangerous = advice.risk in _DANGEROUS
        self.do_button.setProperty("danger", is_dangerous)
        self.do_button.setProperty("primary", not is_dangerous)
        self.do_button.style().polish(self.do_button)
        self.setAccessibleName(advice_title(advice))

    def allow(self, against: str) -> None:
        """Say why it can't be done with this connection; "" where it can."""
        self.do_button.setEnabled(not against)
        self.do_button.setToolTip(against)
        self._against_label.setText(against)
        self._against_label.setVisible(bool(against) and self.do_button.isVisibleTo(self))

    def retranslate(self) -> None:
        """Say everything in the current language."""
        self.copy.setText(self.tr("Copy the SQL"))
        self.copy.setAccessibleName(self.copy.text())
        self.do_button.setAccessibleName(self.tr("Do what is advised"))
        self.show_table.setText(self.tr("Show the table"))
        self.show_table.setAccessibleName(self.tr("Show the table among the sizes"))
        self._area.setAccessibleName(self.tr("About the advice"))
        self.show_advice(self._advice)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()

    # inside

    def _build(self) -> None:
        self._sql.setFont(monospace_font())
        self._gravity.setWordWrap(False)
        self._frame.setProperty("card", True)
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.addWidget(self._sql)
        self.copy.setObjectName("sizes.advice_copy")
        self.copy.setIcon(icon("copy"))
        self.copy.clicked.connect(self._copy)
        self.show_table.setObjectName("sizes.advice_table")
        self.show_table.setIcon(icon("table"))
        self.show_table.clicked.connect(self._ask_table)
        self.do_button.setObjectName("sizes.advice_do")
        self.do_button.setAutoDefault(False)
        self.do_button.clicked.connect(self._ask)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        head.addWidget(self._gravity, 0, Qt.AlignmentFlag.AlignTop)
        buttons = FlowLayout()
        for button in (self.do_button, self.copy, self.show_table):
            buttons.addWidget(button)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(head)
        for widget in (self._why, self._evidence, self._frame, self._risk):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self._against_label)
        column.addStretch(1)
        self._area.setObjectName("sizes.advice_area")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)

    def _ask(self) -> None:
        if self._advice is not None:
            self.asked.emit(self._advice)

    def _ask_table(self) -> None:
        if self._advice is not None and self._advice.relation is not None:
            self.relation_asked.emit(self._advice.relation)

    def _copy(self) -> None:
        if self._advice is not None:
            QGuiApplication.clipboard().setText(self._advice.sql)
            self.copied.emit()
