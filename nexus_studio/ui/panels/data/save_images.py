"""InsertsNoted: a witness that remembers what the new rows of a save are like, beside the one it stands before."""

from __future__ import annotations

from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.images import Cause, Outcome, RowImage, SaveWitness


class InsertsNoted:
    """Told in the thread that writes; `images` are read once it is done."""

    def __init__(self, witness: SaveWitness) -> None:
        self._witness = witness
        self.images: tuple[RowImage, ...] = ()

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        """Take the new rows, and pass all of it on."""
        self.images = tuple(each for each in images if each.kind is ChangeKind.INSERT and each.cause is Cause.OWN)
        self._witness.before_commit(images, transaction, connection)

    def ended(self, outcome: Outcome) -> None:
        """Pass it on."""
        self._witness.ended(outcome)
