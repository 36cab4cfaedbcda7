"""SavedFilters: the named filters of one table and connection, kept in the settings."""

from __future__ import annotations

from nexus_studio.core.data.filters import Filter
from nexus_studio.core.data.querytext import query_from_text, query_to_text
from nexus_studio.core.data.rowquery import RowQuery
from nexus_studio.core.names import RelationName
from nexus_studio.core.settings import saved_filters
from nexus_studio.ui.kit.settings import SettingsHolder


class SavedFilters:
    """Reads and writes the filters saved for one place. UI thread only; the settings' file is written by itself."""

    def __init__(self, settings: SettingsHolder, place: str, relation: RelationName) -> None:
        """`place` names database and relation, as for column widths."""
        self._settings = settings
        self._option = saved_filters(place)
        self._relation = relation

    def names(self) -> tuple[str, ...]:
        """Return the names, as a dictionary has them."""
        return tuple(sorted(self._kept(), key=lambda name: (name.casefold(), name)))

    def get(self, name: str) -> Filter | None:
        """Return a filter; None when there is none of that name, or its text can't be read (a newer program's)."""
        text = self._kept().get(name)
        try:
            return None if text is None else query_from_text(text).filter
        except ValueError:
            return None

    def text(self, name: str) -> str:
        """Return a filter as it is kept, for `put_back`; empty when there is none."""
        return self._kept().get(name, "")

    def save(self, name: str, condition: Filter) -> None:
        """Keep a filter under a name; what had that name is overwritten."""
        self._set(name, query_to_text(RowQuery(self._relation, condition)))

    def put_back(self, name: str, text: str) -> None:
        """Keep again what was deleted or overwritten, as `text` returned it."""
        self._set(name, text)

    def rename(self, name: str, other: str) -> None:
        """Give a filter another name; what had that one is overwritten."""
        kept = dict(self._kept())
        if name in kept and name != other:
            kept[other] = kept.pop(name)
            self._settings.set(self._option, kept)

    def delete(self, name: str) -> None:
        """Forget a filter."""
        kept = dict(self._kept())
        if kept.pop(name, None) is not None:
            self._settings.set(self._option, kept)

    def name_of(self, condition: Filter) -> str:
        """Return the name a filter is saved under; empty when it is not."""
        return next((name for name in self.names() if self.get(name) == condition), "")

    def _kept(self) -> dict[str, str]:
        return self._settings.get(self._option)

    def _set(self, name: str, text: str) -> None:
        self._settings.set(self._option, {**self._kept(), name: text})
