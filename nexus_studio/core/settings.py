"""What a person can set: declared options and the immutable value that holds what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T")

RECENT_LIMIT = 12


@dataclass(frozen=True, slots=True)
class Option(Generic[T]):
    """One setting: a dotted `key` ("ui.theme"), its default, and a check.

    `check` takes whatever stood in the file and returns the value, or raises ValueError when it can't be meant.
    """

    key: str
    default: T
    check: Callable[[object], T]


@dataclass(frozen=True, slots=True)
class Settings:
    """The chosen values by key; options never chosen are absent. Keys nobody declares are kept as they are."""

    values: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the mapping."""
        object.__setattr__(self, "values", MappingProxyType(dict(self.values)))

    def get(self, option: Option[T]) -> T:
        """Return the chosen value; the default where nothing or nonsense was chosen."""
        if option.key not in self.values:
            return option.default
        try:
            return option.check(self.values[option.key])
        except ValueError:
            return option.default

    def with_value(self, option: Option[T], value: T) -> Settings:
        """Return settings where `option` is `value`.

        Raises:
            ValueError: when the option's own check refuses it.
        """
        return Settings({**self.values, option.key: option.check(value)})

    def without(self, option: Option[T]) -> Settings:
        """Return settings where `option` is back to its default."""
        return Settings({key: value for key, value in self.values.items() if key != option.key})


def one_of(*allowed: str) -> Callable[[object], str]:
    """Make a check that accepts one of some words."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise ValueError(value)

    return check


def whole(least: int, most: int) -> Callable[[object], int]:
    """Make a check that accepts a whole number between two bounds, both included."""

    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise ValueError(value)

    return check


def text(value: object) -> str:
    """Accept any text."""
    if isinstance(value, str):
        return value
    raise ValueError(value)


def flag(value: object) -> bool:
    """Accept true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(value)


def words(value: object) -> tuple[str, ...]:
    """Accept a list of texts."""
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ValueError(value)


def widths(value: object) -> dict[str, int]:
    """Accept a mapping of names to widths in pixels."""
    if isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(width, int) and not isinstance(width, bool) and width >= 0
        for key, width in value.items()
    ):
        return dict(value)
    raise ValueError(value)


def texts(value: object) -> dict[str, str]:
    """Accept a mapping of names to texts."""
    if isinstance(value, Mapping) and all(isinstance(key, str) and isinstance(one, str) for key, one in value.items()):
        return dict(value)
    raise ValueError(value)


UI_LANGUAGE: Option[str] = Option("ui.language", "system", one_of("system", "en", "fr"))
UI_THEME: Option[str] = Option("ui.theme", "system", one_of("system", "light", "dark"))
WINDOW_GEOMETRY: Option[str] = Option("window.geometry", "", text)  # QWidget.saveGeometry, base64
WINDOW_STATE: Option[str] = Option("window.state", "", text)  # QMainWindow.saveState, base64
WINDOW_PANEL: Option[str] = Option("window.panel", "", text)  # id of the panel shown last
GRID_FONT: Option[str] = Option("grid.font", "", text)  # a family; empty = the interface's own
GRID_FONT_SIZE: Option[int] = Option("grid.font_size", 0, whole(0, 48))  # points; 0 = the interface's own
GRID_ROW_HEIGHT: Option[int] = Option("grid.row_height", 28, whole(18, 96))  # pixels
GO_TO: Option[str] = Option("grid.go_to", "row", one_of("row", "key"))  # what Ctrl+G asked for last
SURE_PLACES: Option[tuple[str, ...]] = Option("safety.sure", (), words)  # looks like production, and is not
RECENT: Option[tuple[str, ...]] = Option("recent.profiles", (), words)  # names of profiles, newest first


DATA_SPLIT: Option[str] = Option("data.split", "", text)  # QSplitter.saveState of the data panel, base64
MIGRATIONS_SPLIT: Option[str] = Option("migrations.split", "", text)  # the same of the migrations panel
READINESS_SPLIT: Option[str] = Option("readiness.split", "", text)  # the same of the readiness panel
BACKUPS_SPLIT: Option[str] = Option("backups.split", "", text)  # the same of the backups panel
SIZES_SPLIT: Option[str] = Option("sizes.split", "", text)  # the same of the sizes panel
HISTORY_SPLIT: Option[str] = Option("history.split", "", text)  # the same of the history panel
HISTORY_DAYS: Option[int] = Option("history.days", 365, whole(0, 36_500))  # saves are kept so long; 0: for good
HISTORY_MEGABYTES: Option[int] = Option("history.megabytes", 500, whole(0, 1_000_000))  # and so many; 0: no bound
ADVICE_SPLIT: Option[str] = Option("sizes.advice_split", "", text)  # the same of its page of advice
ACTIVITY_SPLIT: Option[str] = Option("sizes.activity_split", "", text)  # the same of its page of activity
EXPLAIN_SPLIT: Option[str] = Option("sizes.explain_split", "", text)  # the same of its page of EXPLAIN
ACTIVITY_REFRESH: Option[int] = Option("sizes.activity_refresh_s", 2, whole(0, 10))  # seconds; 0: not by itself
GROWTH_LIMIT: Option[int] = Option("sizes.growth_limit_gb", 0, whole(0, 1_000_000))  # of the disk; 0: none was typed
BACKUP_RULE: Option[tuple[str, ...]] = Option("backups.rule", (), words)  # days, weeks, months, at least; () the usual


def open_tables(place: str) -> Option[tuple[str, ...]]:
    """Declare the tables that stood open in one database, the current one first; `place` names the database."""
    return Option(f"tabs.{_escaped(place)}", (), words)


def column_widths(place: str) -> Option[dict[str, int]]:
    """Declare the widths of one table's columns; `place` names database and relation and may hold any character."""
    return Option(f"columns.{_escaped(place)}", {}, widths)


def column_names(part: str, place: str) -> Option[tuple[str, ...]]:
    """Declare which of one table's columns are "order"ed how, "hidden", "frozen" or "wrapped"; `place` as in widths."""
    return Option(f"columns_{part}.{_escaped(place)}", (), words)


def saved_filters(place: str) -> Option[dict[str, str]]:
    """Declare one table's named filters, each a query as text (`core.data.querytext`); `place` as in widths."""
    return Option(f"filters.{_escaped(place)}", {}, texts)


def auto_refresh(place: str) -> Option[int]:
    """Declare after how many seconds one table is read again by itself, 0 never; `place` as in widths."""
    return Option(f"refresh.{_escaped(place)}", 0, whole(0, 3600))


def with_recent(settings: Settings, name: str) -> Settings:
    """Put a profile's name in front of the recent ones."""
    others = tuple(other for other in settings.get(RECENT) if other != name)
    return settings.with_value(RECENT, (name, *others)[:RECENT_LIMIT])


def _escaped(place: str) -> str:
    """Keep a name with dots from reading as a path of keys."""
    return place.replace("%", "%25").replace(".", "%2E")
