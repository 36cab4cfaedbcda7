"""What a search for the rows of a foreign key looked at, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale

from nexus_studio.core.data.targets import FoundTargets


def searched_words(found: FoundTargets) -> str:
    """Say how far a search went; empty where every row that fits is listed."""
    translate = QCoreApplication.translate
    searched = found.searched
    if searched.everything:
        return translate("searched", "There are more: type to narrow them down.") if found.is_cut else ""
    if found.is_cut:
        return translate("searched", "There may be more: type on to narrow them down.")
    rows = QLocale().toString(searched.first_rows)
    if searched.beginnings and searched.first_rows:
        words = translate("searched", "Searched: keys, beginnings of names, and the first {rows} rows.")
    elif searched.beginnings:
        words = translate("searched", "Searched: keys and beginnings of names.")
    elif searched.first_rows:
        words = translate("searched", "Searched: keys, and the first {rows} rows. No index helps to find names.")
    else:
        words = translate("searched", "Only keys were searched: no index helps to find names.")
    return words.format(rows=rows)
