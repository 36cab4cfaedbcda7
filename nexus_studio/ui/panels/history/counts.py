"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Counts(QObject):
    """Says how many something is about, in the current language."""

    def rows(self, number: int) -> str:
        """Count rows."""
        return self.tr("%n row(s)", "", number)

    def inserted(self, number: int) -> str:
        """Count new rows."""
        return self.tr("%n new", "", number)

    def updated(self, number: int) -> str:
        """Count changed rows."""
        return self.tr("%n changed", "", number)

    def deleted(self, number: int) -> str:
        """Count deleted rows."""
        return self.tr("%n deleted", "", number)

    def along(self, number: int) -> str:
        """Count rows that PostgreSQL took along."""
        return self.tr("%n went along", "", number)

    def along_in(self, number: int) -> str:
        """Say in how many tables rows went along; `{rows}` is to be filled in."""
        return self.tr("{rows} went along in %n table(s)", "", number)

    def more_tables(self, number: int) -> str:
        """Count the tables that are not named; `{table}` is to be filled in."""
        return self.tr("{table} and %n more", "", number)

    def first_rows(self, number: int) -> str:
        """Say that not all rows are shown; `{total}` is to be filled in."""
        return self.tr("The first %n row(s) of {total} are shown.", "", number)

    def short(self, number: int) -> str:
        """Count rows that can't be taken back; `{table}` and `{reason}` are to be filled in."""
        return self.tr("%n row(s) of {table}: {reason}", "", number)

    def prune(self, number: int) -> str:
        """Label the button that deletes sets."""
        return self.tr("Delete %n set(s)", "", number)

    def goes(self, number: int) -> str:
        """Say how many would go; `{size}` is to be filled in."""
        return self.tr("%n set(s) would go, which frees {size}", "", number)

    def pruned(self, number: int) -> str:
        """Say how many went."""
        return self.tr("%n set(s) deleted", "", number)
