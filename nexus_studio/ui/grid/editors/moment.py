"""Editors of dates and times: ISO text, with a calendar at hand. Any text PostgreSQL reads is taken (infinity, BC)."""

from __future__ import annotations

from PySide6.QtCore import QDate, QDateTime, QEvent, QObject, QPoint, QSize, Qt, QTime
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nexus_studio.core.data.localhours import Hour, LocalHour, knows_zone, local_hour, without_offset
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.ui.grid.editors.cell_editor import EditPlace, Special
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
    """A date, or a date with a time; F4 or the button opens a calendar, which nobody has to use.

    Of a moment (timestamptz) the zone it is read in is shown. A local hour that does not exist in it, or happens twice,
    is named, and asked about, before it is taken.
    """

    def __init__(self, place: EditPlace, parent: QWidget | None = None) -> None:
        super().__init__(place, parent)
        self._button = QToolButton(self)
        self._button.setObjectName("editor_calendar_button")
        self._button.setIcon(icon("type-date", "text-muted"))
        self._button.setAccessibleName(self.tr("Calendar"))
        self._button.setToolTip(self.tr("Calendar (F4)"))
        self._button.clicked.connect(self.open_calendar)
        self._line.insertWidget(1, self._button)
        self._choices: QWidget | None = None
        zone = QLabel(place.time_zone, self)
        zone.setObjectName("editor_zone")
        zone.setProperty("muted", True)
        zone.setContentsMargins(4, 0, 4, 0)
        zone.setVisible(self._is_moment and bool(place.time_zone))
        self._line.insertWidget(1, zone)
        self._zone_width = zone.sizeHint().width() if zone.text() and self._is_moment else 0
        if self.type.has_time_zone:
            words = self.tr("With an offset such as +02:00; without one it is read in the connection's time zone")
            self._edit.setToolTip(words)
            zone.setToolTip(words)
        self._popup: QFrame | None = None

    def sizeHint(self) -> QSize:
        """Return room for the zone as well."""
        hint = super().sizeHint()
        return QSize(hint.width() + self._zone_width, hint.height())

    @property
    def _is_moment(self) -> bool:
        return self.type.kind is TypeKind.TIMESTAMP and self.type.has_time_zone

    # Hours that are none, or two

    def commit(self) -> bool:
        """Ask first which moment is meant, where the text does not say."""
        if self._is_touched and not self._is_done and self.special is Special.TEXT and self._is_moment:
            found = local_hour(self._typed(), self.place.time_zone)
            if found.hour is not Hour.ONCE:
                self._ask(found)
                return False
        return super().commit()

    def _ask(self, found: LocalHour) -> None:
        """Name the hour, and offer the moments it may be."""
        self._forget_choices()
        zone = self.place.time_zone
        if found.hour is Hour.MISSING:
            words = self.tr("In {zone} clocks are put forward over this hour: it does not exist. Which one is meant?")
        else:
            words = self.tr("In {zone} clocks are put back: this hour happens twice. Which one is meant?")
        self._say(words.format(zone=zone))
        box = QWidget(self)
        box.setObjectName("editor_choices")
        layout = QHBoxLayout(box)
        layout.setContentsMargins(6, 2, 6, 4)
        for place, text in enumerate(found.choices):
            button = QPushButton(text, box)
            button.setObjectName(f"editor_choice_{place}")
            button.setAccessibleName(text)
            button.setAutoDefault(True)
            button.clicked.connect(lambda _checked=False, text=text: self._choose(text))
            layout.addWidget(button)
            self._watch(button)
        layout.addStretch(1)
        self._choices = box
        self._column.addWidget(box)
        box.show()
        self.size_wanted.emit()
        first = box.findChild(QPushButton, "editor_choice_0")
        if first is not None:
            first.setFocus()

    def _choose(self, text: str) -> None:
        self.set_text(text)
        self.commit()

    def _touched(self) -> None:
        self._forget_choices()
        super()._touched()

    def _forget_choices(self) -> None:
        box, self._choices = self._choices, None
        if box is not None:
            self._inner = [part for part in self._inner if part.parentWidget() is not box]
            box.hide()
            box.deleteLater()
            self.size_wanted.emit()

    def _filter_inner(self, watched: QObject, event: QKeyEvent) -> bool:
        """Press a choice by Enter as well."""
        if isinstance(watched, QPushButton) and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if event.type() == QEvent.Type.KeyPress:
                watched.click()
            else:
                event.accept()
            return True
        return super()._filter_inner(watched, event)

    # The calendar

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
        day, before = date.toString(Qt.DateFormat.ISODate), self._edit.text()
        if self._is_moment and knows_zone(self.place.time_zone):
            before = without_offset(before)  # the clock stays; its offset is that of the other day
        rest = before[_DATE_LENGTH:] if before[:1].isdigit() and not before.upper().endswith("BC") else ""
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
        found = [today]
        for word in ("infinity", "-infinity"):
            action = QAction(word, self)
            action.setObjectName(f"editor_{word}")
            action.triggered.connect(lambda _checked=False, word=word: self.set_text(word))
            found.append(action)
        return found

    def _now(self) -> str:
        now = QDateTime.currentDateTime()
        if self.type.kind is TypeKind.DATE:
            return now.date().toString(Qt.DateFormat.ISODate)
        if not self.type.has_time_zone:
            return now.toString("yyyy-MM-dd HH:mm:ss")
        return now.toOffsetFromUtc(now.offsetFromUtc()).toString(Qt.DateFormat.ISODate).replace("T", " ")
