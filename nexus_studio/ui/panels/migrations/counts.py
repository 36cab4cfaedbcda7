"""Sentences with a number in them: lupdate finds plural forms in the `tr` of a class, and in no `translate`."""

from __future__ import annotations

from PySide6.QtCore import QObject


class Counts(QObject):
    """Says how many there are of something, in the current language."""

    def unresolved(self, number: int) -> str:
        """Count revisions that failed or were interrupted."""
        return self.tr("%Ln migration(s) failed or were interrupted", "", number)

    def without_file(self, number: int) -> str:
        """Count revisions of the database that the folder lacks."""
        return self.tr(
            "%Ln revision(s) of the database have no file here. Get the project's latest code, then read again.",
            "",
            number,
        )

    def heads(self, number: int) -> str:
        """Count heads."""
        return self.tr("%Ln head(s): the branches were not merged", "", number)

    def to_run(self, number: int) -> str:
        """Count what an empty database lacks."""
        return self.tr("%Ln migration(s) are to be run.", "", number)

    def pending(self, number: int) -> str:
        """Count what is pending."""
        return self.tr("%Ln migration(s) pending", "", number)

    def differences(self, number: int) -> str:
        """Count differences between models and database."""
        return self.tr("Models and database differ in %Ln place(s)", "", number)

    def edited(self, number: int) -> str:
        """Count revisions whose files were edited afterwards."""
        return self.tr("The files of %Ln migration(s) were edited after they were applied.", "", number)

    def applied(self, number: int) -> str:
        """Count what is applied, which is all."""
        return self.tr("All %Ln migration(s) are applied.", "", number)

    def deploy(self, number: int) -> str:
        """Name the button that deploys so many."""
        return self.tr("Deploy %Ln pending", "", number)
