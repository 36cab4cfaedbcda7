"""The settings while the program runs: one holder, saved shortly after a change."""

from __future__ import annotations

import logging
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from nexus_studio.core.settings import Option, Settings
from nexus_studio.services.settings_store import SettingsStore

log = logging.getLogger(__name__)

T = TypeVar("T")
SAVE_DELAY_MS = 400


class SettingsHolder(QObject):
    """Holds the current `Settings`, tells of changes and saves them; an unwritable disk costs nothing else."""

    changed = Signal(str)  # key of the option
    save_failed = Signal(str)  # the file's path

    def __init__(self, store: SettingsStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._settings = store.load()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_DELAY_MS)
        self._timer.timeout.connect(self.flush)
        self._is_dirty = False

    @property
    def value(self) -> Settings:
        """All settings as they are now."""
        return self._settings

    def get(self, option: Option[T]) -> T:
        """Return an option's value."""
        return self._settings.get(option)

    def set(self, option: Option[T], value: T) -> None:
        """Change an option and save soon.

        Raises:
            ValueError: when the option's check refuses the value.
        """
        if self.get(option) == value:
            return
        self._settings = self._settings.with_value(option, value)
        self._is_dirty = True
        self._timer.start()
        self.changed.emit(option.key)

    def replace(self, settings: Settings) -> None:
        """Take a whole new value, as `core.settings.with_recent` makes it."""
        before, self._settings = self._settings, settings
        keys = [key for key, value in settings.values.items() if before.values.get(key) != value]
        if not keys:
            return
        self._is_dirty = True
        self._timer.start()
        for key in keys:
            self.changed.emit(key)

    def flush(self) -> None:
        """Save now if anything waits to be saved."""
        self._timer.stop()
        if not self._is_dirty:
            return
        try:
            self._store.save(self._settings)
        except OSError as error:
            log.info("settings not saved", extra={"error": type(error).__name__})
            self.save_failed.emit(str(self._store.path))
        else:
            self._is_dirty = False
