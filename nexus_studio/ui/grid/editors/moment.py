"""Editors of dates and times: ISO text, with a calendar at hand. Any text PostgreSQL reads is taken (infinity, BC)."""

from __future__ import annotations

from PySide6.QtCore import QDate, QDateTime, QEvent, QPoint, Qt, QTime
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QFrame, QToolButton, QVBoxLayout, QWidget

from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.cell_editor import EditPlace
from nexus_studio.ui.grid.editors.line import PlainEditor
from nexus_studio.ui.kit.icons import icon

_DATE_LENGTH = 10  # of YYYY-MM-DD


class TimeEditor(PlainEditor):
    """A time of day."""

    def _menu_actions(self) -> list[QAction]:
        now = QAction(self.tr("Now"), self)
        now.triggered.connect(lambda: self.set_text(QTime.currentTime().toString("HH:mm:ss")))
        return [now]


class CalendarEditor(PlainEditor):
    """A date, or a date with a time; F4 or the button opens a calendar."""

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._button = QToolButton(self)
        self._button.setObjectName("editor_calendar_button")
        self._button.setIcon(icon("type-date", "text-muted"))
        self._button.setAccessibleName(self.tr("Calendar"))
        self._button.setToolTip(self.tr("Calendar (F4)"))
        self._button.clicked.connect(self.open_calendar)
        self._line.insertWidget(1, self._button)
        if self.type.has_time_zone:
            self._edit.setToolTip(
                self.tr("With an offset such as +02:00; without one it is read in the connection's time zone")
            )
        self._popup: QFrame | None = None

    def open_calendar(self) -> None:
        """Show the calendar below the field, on the date typed or today."""
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popup.setObjectName("editor_calendar")
        calendar = QCalendarWidget(popup)
        calendar.setObjectName("editor_calendar_days")
        calendar.setAccessibleName(self.tr("Calendar"))
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.ISOWeekNumbers)
        calendar.setFirstDayOfWeek(self.locale().firstDayOfWeek())
        date = QDate.fromString(self._edit.text()[:_DATE_LENGTH], Qt.DateFormat.ISODate)
        calendar.setSelectedDate(date if date.isValid() else QDate.currentDate())
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(calendar)
        calendar.activated.connect(self._take_date)
        calendar.clicked.connect(self._take_date)
        self._popup = popup
        popup.move(self.mapToGlobal(QPoint(0, self.height())))
        popup.show()
        calendar.setFocus()

    def _take_date(self, date: QDate) -> None:
        day = date.toString(Qt.DateFormat.ISODate)
        rest = self._edit.text()[_DATE_LENGTH:] if self._edit.text()[:1].isdigit() else ""
        if self.type.kind is TypeKind.TIMESTAMP and not rest:
            rest = " 00:00:00"
        self.set_text(day + (rest if self.type.kind is TypeKind.TIMESTAMP else ""))
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self._edit.setFocus()
        self._edit.deselect()

    def _handle_key(self, event: QKeyEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_F4:
            self.open_calendar()
            return True
        return super()._handle_key(event)

    def _menu_actions(self) -> list[QAction]:
        today = QAction(self.tr("Today") if self.type.kind is TypeKind.DATE else self.tr("Now"), self)
        today.triggered.connect(lambda: self.set_text(self._now()))
        return [today]

    def _now(self) -> str:
        now = QDateTime.currentDateTime()
        if self.type.kind is TypeKind.DATE:
            return now.date().toString(Qt.DateFormat.ISODate)
        if not self.type.has_time_zone:
            return now.toString("yyyy-MM-dd HH:mm:ss")
        return now.toOffsetFromUtc(now.offsetFromUtc()).toString(Qt.DateFormat.ISODate).replace("T", " ")
