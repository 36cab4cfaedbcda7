"""Two databases of one server: one as a backup has it, one as it is today."""

from __future__ import annotations

from typing import Any

import psycopg

from nexus_studio.core.admin.tablecomparison import TableComparison
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.backups.comparing import compare_table
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from tests.support.fix_cluster import profile_of

CTX = TaskContext.for_test()
T = RelationName("public", "t")


class Two:
    """A session on each; `close` them."""

    def __init__(self, then: str, now: str) -> None:
        self.urls = (then, now)
        self.then, self.now = (Session.open(profile_of(url), None, CTX) for url in self.urls)

    def run(self, statement: str, *, then: bool = True, now: bool = True) -> None:
        """Run statements on both, or on one."""
        for url, is_wanted in zip(self.urls, (then, now), strict=True):
            if is_wanted:
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(statement.encode())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask today's database."""
        with psycopg.connect(self.urls[1]) as connection:
            return connection.execute(query.encode()).fetchall()

    def relation(self, session: Session, name: RelationName) -> Relation:
        """Read what a table is like now."""
        return CatalogReader(session).relation(name, CTX)

    def compare(self, ctx: TaskContext = CTX, *, limit: int = 200, name: RelationName = T) -> TableComparison:
        """Compare a table of both."""
        then, now = (self.relation(session, name) for session in (self.then, self.now))
        return compare_table(self.then, self.now, then, now, ctx, limit=limit)

    def close(self) -> None:
        """Close both sessions."""
        self.then.close()
        self.now.close()
