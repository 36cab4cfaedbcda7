"""What row security lets this role do with one row: its policies' own expressions, asked of the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, literal_column, or_, select, text

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.schema.catalog import Relation
from nexus_studio.core.sql.expressions import table_of
from nexus_studio.core.sql.select import key_clause
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.operatorpath import reach_operators
from nexus_studio.services.session import Session

POLICY_MS: Final = 1_000
"""Milliseconds that the policies may take: they can call any function."""

# Those that concern this role (manual, CREATE POLICY): without a permissive one nothing is allowed.
_POLICIES: Final = text(
    """
    SELECT p.polname, p.polcmd, p.polpermissive, pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS qual
      FROM pg_catalog.pg_policy p
     WHERE p.polrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', CAST(:schema AS text), CAST(:name AS text)))
       AND p.polcmd IN ('*', 'w', 'd')
       AND (p.polroles = CAST('{0}' AS oid[]) OR EXISTS (
               SELECT FROM unnest(p.polroles) AS r(oid) WHERE pg_catalog.pg_has_role(current_user, r.oid, 'USAGE')))
     ORDER BY p.polname
    """
)


@dataclass(frozen=True, slots=True)
class RowRights:
    """What may be done with a row. What it becomes may still be refused: that is known when it is saved."""

    may_update: bool = True
    may_delete: bool = True


def rights_on(session: Session, relation: Relation, key: RowKey, ctx: TaskContext) -> RowRights:
    """Ask the policies about one stored row. Everything is allowed where they don't apply, or the row is gone.

    Raises:
        StudioError: what `Session.read` raises; TimedOut after `POLICY_MS`.
    """
    if not relation.row_security:
        return RowRights()
    with session.read(ctx, timeout_ms=POLICY_MS) as connection:
        reach_operators(connection, (relation,))
        asked = {"schema": relation.name.schema, "name": relation.name.name}
        policies = connection.execute(_POLICIES, asked).all()
        table = table_of(relation)
        answers = [_allowed(policies, command).label(command) for command in "wd"]
        statement = select(*answers).select_from(table).where(key_clause(relation, table, key))
        found = connection.execute(statement).first()
    return RowRights() if found is None else RowRights(bool(found[0]), bool(found[1]))


def _allowed(policies: Sequence[Any], command: str) -> ColumnElement[bool]:
    """Join the policies of a command: one permissive, and all restrictive ones. NULL is no."""
    mine = [policy for policy in policies if policy.polcmd in {"*", command}]
    permissive = [_qual(policy) for policy in mine if policy.polpermissive]
    restrictive = [_qual(policy) for policy in mine if not policy.polpermissive]
    joined = and_(or_(false(), *permissive), *restrictive)
    return func.coalesce(joined, false())


def _qual(policy: Any) -> ColumnElement[bool]:
    """Return a policy's expression: the catalog's own text, whose columns are those of the one table asked."""
    return literal_column(f"({policy.qual})" if policy.qual is not None else "true")
