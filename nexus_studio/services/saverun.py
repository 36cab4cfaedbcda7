"""One save inside its transaction: batch after batch, what missed its row tried again, and what history wants of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from nexus_studio.core.data.changes import ChangeKind, RowChange
from nexus_studio.core.data.images import Cause, RowImage, coalesced, followed
from nexus_studio.core.errors import StudioError
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.batches import Batch, batch_of
from nexus_studio.core.sql.dml import written_values
from nexus_studio.core.sql.select import cells_statement
from nexus_studio.core.sql.shapes import shape_of
from nexus_studio.core.sql.steps import Step
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.aftermath import at_its_new_place, may_be_redirected, on_the_same, verdict
from nexus_studio.services.batchwriting import write_batch
from nexus_studio.services.dberrors import translated
from nexus_studio.services.followers import Followers
from nexus_studio.services.imagereading import ImageReader, returned_columns

LONGEST: Final = 1000
"""Statements that are sent in one go: progress is told, and images are read, between them."""


class SaveRun:
    """Writes steps through a connection. `followers`: what is written is read as well, and what goes along."""

    def __init__(
        self,
        connection: Connection,
        relations: Mapping[RelationName, Relation],
        ctx: TaskContext,
        followers: Followers | None = None,
    ) -> None:
        self.connection = connection
        self.relations = relations
        self.ctx = ctx
        self.followers = followers
        self._images: list[RowImage] = []
        self._places: dict[int, int] = {}  # by the index of a change: where its image is
        self._missed: list[Step] = []
        self._deleted = False
        self._batches: dict[Hashable, Batch] = {}

    def write(self, steps: Sequence[Step]) -> None:
        """Run the steps; tell in the end what became of those that did not write exactly one row.

        Raises:
            StudioError: see `RowWriter.apply`; fact `change` is the index of the refused one.
        """
        done = 0
        for run in self._runs(steps):
            self.ctx.token.raise_if_cancelled()
            self.ctx.report(Progress("rows.saving", done, len(steps), "rows"))
            self._write_run(run)
            done += len(run)
        error = verdict(self.connection, self._missed, self.relations, self._deleted)
        if error is not None:
            raise error

    def images(self) -> tuple[RowImage, ...]:
        """Return what every row was and is, each row once."""
        blind = self.followers.blind() if self.followers is not None else ()
        own = Cause.OWN
        if all(image.cause is own for image in self._images):
            return (*self._images, *blind)  # nothing has met anything
        return (*coalesced(self._images), *blind)

    # ---- inside

    def _runs(self, steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
        """Cut the steps where the shape changes, and where many have come together."""
        begin, shape, longest = 0, None, LONGEST
        for place, step in enumerate(steps):
            mine = step.shape
            if (mine is not shape and mine != shape) or place - begin >= longest:
                if place > begin:
                    yield steps[begin:place]
                begin, shape = place, mine
                alone = self.followers is not None and self.followers.meets_itself(step.change)
                longest = 1 if alone else LONGEST
        if steps:
            yield steps[begin:]

    def _write_run(self, run: Sequence[Step], *, again: bool = False) -> None:
        """Write steps of one shape. `again`: they were tried before, as they were staged."""
        changes = [step.change for step in run]
        batch = self._batch(run[0])
        watching = self.followers
        taken = watching.before(changes) if watching is not None else ()
        if watching is not None and not changes[0].base.keys() >= changes[0].values.keys():
            changes = [self._with_base(change) for change in changes]
        try:
            written = write_batch(self.connection, batch, changes, self.ctx)
        except StudioError as error:
            at = error.facts.pop("at", 0)
            error.facts["change"] = run[at if isinstance(at, int) and at < len(run) else 0].index
            raise
        relation = self.relations[changes[0].relation]
        reader = ImageReader(relation, changes[0], batch.returns) if watching is not None else None
        absent: list[Step] = []
        for step, change, each in zip(run, changes, written, strict=True):
            if each.rows != 1:
                absent.append(step)
            elif reader is not None:
                reader.read(step.index, change, each.cells)
        self._deleted = self._deleted or (changes[0].kind is ChangeKind.DELETE and len(absent) < len(run))
        if watching is not None and reader is not None:
            if taken:
                self._images += watching.after(taken, reader.now())
            self._keep(reader.images)
        for step in absent:
            self._settle(step, again=again)

    def _keep(self, images: Sequence[tuple[int, RowImage]]) -> None:
        """Keep what was staged; what took two statements counts as one."""
        for index, image in images:
            place = self._places.get(index)
            both = None if place is None else followed(self._images[place], image)
            if place is None or both is None:
                self._places[index] = len(self._images)
                self._images.append(image)
            else:
                self._images[place] = both

    def _settle(self, step: Step, *, again: bool) -> None:
        """See what became of a row that was not written: it has moved, or holds already what it was to hold."""
        change, relation = step.change, self.relations[step.change.relation]
        if change.kind is ChangeKind.INSERT and may_be_redirected(relation):
            given = {name: cell for name, cell in change.values.items() if isinstance(cell, str | None)}
            self._images.append(RowImage(relation.name, change.kind, Cause.OWN, after=given))
            return
        other = None
        if step.staged is not None:
            # Others are to take what it was to let go of: they would be refused for what is not their fault.
            error = verdict(self.connection, [*self._missed, step], self.relations, self._deleted)
            if error is not None:
                raise error
        elif not again:
            with translated(self.ctx.token):
                other = at_its_new_place(self.connection, relation, change)
                other = other or on_the_same(self.connection, relation, change)
        if other is None:
            self._missed.append(step)
        else:
            self._write_run([Step(step.index, other, shape_of(other))], again=True)

    def _with_base(self, change: RowChange) -> RowChange:
        """Read what the columns of an update hold that was not known when it was staged."""
        relation = self.relations[change.relation]
        if change.kind is not ChangeKind.UPDATE or change.key is None:
            return change
        unknown = [name for name in written_values(relation, change) if name not in change.base]
        readable = [name for name in unknown if relation.column(name).may_select]
        if not readable:
            return change
        statement = cells_statement(relation, change.key, readable)
        if relation.may_update:
            statement = statement.with_for_update()
        with translated(self.ctx.token):
            record = self.connection.execute(statement).first()
        if record is None:
            return change
        return replace(change, base={**change.base, **dict(zip(readable, record, strict=True))})

    def _batch(self, step: Step) -> Batch:
        batch = self._batches.get(step.shape)
        if batch is None:
            relation = self.relations[step.change.relation]
            returns = () if self.followers is None else returned_columns(relation, step.change)
            batch = self._batches[step.shape] = batch_of(relation, step.change, returns)
        return batch
