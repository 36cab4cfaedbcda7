"""A project, a database and the person who writes migrations: what the tests of authoring share."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_studio.core.admin.drafts import MigrationDraft, Rename, SchemaDifference
from nexus_studio.core.admin.ledgerentries import Direction
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.migrations import authoring, checking, pushing
from nexus_studio.services.migrations.project import AlembicProject, find_project
from nexus_studio.services.migrations.running import RunRequest, run_on
from nexus_studio.services.session import Session


@dataclass(frozen=True)
class Author:
    """Somebody at work on a project in `folder` and a database."""

    folder: Path
    session: Session

    @property
    def project(self) -> AlembicProject:
        return find_project(self.folder)

    def models(self, source: str) -> None:
        """Write the project's models anew."""
        (self.folder / "project_models.py").write_text(textwrap.dedent(source))

    def draft(
        self, message: str = "Change", *, renames: tuple[Rename, ...] = (), empty: bool = False
    ) -> MigrationDraft:
        ctx = TaskContext.for_test()
        return authoring.draft(self.session, self.project, message, ctx, renames=renames, empty=empty)

    def check_draft(self, draft: MigrationDraft, **changes: str) -> MigrationDraft:
        edited = replace(draft, **changes)  # type: ignore[arg-type]
        return authoring.check_draft(self.session, self.project, edited, TaskContext.for_test())

    def write(self, draft: MigrationDraft) -> Path:
        return Path(authoring.write(self.session, self.project, draft, TaskContext.for_test()))

    def merge(self, message: str) -> Path:
        return Path(authoring.merge(self.session, self.project, message, TaskContext.for_test()))

    def check(self) -> tuple[SchemaDifference, ...]:
        return checking.check(self.session, self.project, TaskContext.for_test())

    def push(self, *, dry_run: bool = False) -> tuple[str, ...]:
        return pushing.push(self.session, self.project, TaskContext.for_test(), dry_run=dry_run)[0]

    def run(self, target: str = "heads", direction: Direction = Direction.UP) -> None:
        """Run what is written, without a ledger; a failure fails the test."""
        session = self.session
        request = RunRequest(target=target, direction=direction)
        ended = run_on(
            self.project, session.profile, session.secret, request, lambda _event: None, TaskContext.for_test()
        )
        assert ended.failed is None, ended.failed

    def down(self, target: str = "base") -> None:
        self.run(target, Direction.DOWN)

    def adopt(self, message: str = "Change", *, renames: tuple[Rename, ...] = ()) -> MigrationDraft:
        """Draft, write and run."""
        draft = self.draft(message, renames=renames)
        self.write(draft)
        self.run()
        return draft


def kinds(differences: tuple[SchemaDifference, ...]) -> set[tuple[str, str]]:
    return {(each.kind, each.name) for each in differences}
