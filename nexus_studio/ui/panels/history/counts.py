"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Counts(QObject):
    """Says how many something is about, in the current language."""

    def rows(self, number: int) -> str:
        """Count rows."""
        return self.tr("%Ln row(s)", "", number)

    def inserted(self, number: int) -> str:
        """Count new rows."""
        return self.tr("%Ln new", "", number)

    def updated(self, number: int) -> str:
        """Count changed rows."""
        return self.tr("%Ln changed", "", number)

    def deleted(self, number: int) -> str:
        """Count deleted rows."""
        return self.tr("%Ln deleted", "", number)

    def along(self, number: int) -> str:
        """Count rows that PostgreSQL took along."""
        return self.tr("%Ln went along", "", number)

    def along_in(self, number: int) -> str:
        """Say in how many tables rows went along; `{rows}` is to be filled in."""
        return self.tr("{rows} went along in %Ln table(s)", "", number)

    def more_tables(self, number: int) -> str:
        """Count the tables that are not named; `{table}` is to be filled in."""
        return self.tr("{table} and %Ln more", "", number)

    def first_rows(self, number: int) -> str:
        """Say that not all rows are shown; `{total}` is to be filled in."""
        return self.tr("The first %Ln row(s) of {total} are shown.", "", number)

    def short(self, number: int) -> str:
        """Count rows that can't be taken back; `{table}` and `{reason}` are to be filled in."""
        return self.tr("%Ln row(s) of {table}: {reason}", "", number)

    def prune(self, number: int) -> str:
        """Label the button that deletes sets."""
        return self.tr("Delete %Ln set(s)", "", number)

    def goes(self, number: int) -> str:
        """Say how many would go; `{size}` is to be filled in."""
        return self.tr("%Ln set(s) would go, which frees {size}", "", number)

    def pruned(self, number: int) -> str:
        """Say how many went."""
        return self.tr("%Ln set(s) deleted", "", number)
