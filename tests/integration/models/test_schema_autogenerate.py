"""Whatever differs between models and database becomes a revision that brings them together, and back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import api, render
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql

import models
from models.autogenerate import complete, render_item
from models.drift import Facts, described, differences, is_record
from tests.integration.models.test_schema_drift import PLANTED

MORE_PLANTED = (
    "ALTER TYPE \"Subject\" ADD VALUE 'PLANTED' BEFORE 'NSI'",
    "DROP VIEW student_overview",
    "CREATE VIEW planted AS SELECT id, name FROM badges",
    "CREATE VIEW planted_on_view AS SELECT month FROM monthly_revenue",
    (
        "DROP VIEW student_overview; ALTER TABLE students ALTER COLUMN grade TYPE varchar(40);"
        f" CREATE VIEW student_overview AS {models.VIEWS[0].definition}"
    ),
    (
        "CREATE TABLE planted (id int PRIMARY KEY); CREATE TRIGGER planted BEFORE UPDATE ON planted"
        " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    'ALTER INDEX "ix_payments_userId" RENAME TO planted_index',
    "ALTER TABLE payments RENAME CONSTRAINT ck_payments_amount TO planted_check",
    "COMMENT ON TABLE audit_events_2026_01 IS 'planted'",
    "COMMENT ON CONSTRAINT ck_payments_amount ON payments IS 'planted: it''s 100% :sure'",
    "COMMENT ON TYPE \"UserRole\" IS 'planted'",
    "ALTER TABLE skill_scores ADD CONSTRAINT planted CHECK (skill <> 'a:b' AND skill !~ '\\:x')",
    (
        "ALTER TABLE session_bookings DROP COLUMN slot CASCADE;"
        " ALTER TABLE session_bookings ADD COLUMN slot tstzrange"
        ' GENERATED ALWAYS AS (tstzrange("startsAt", NULL)) STORED'
    ),
    "DROP TABLE audit_events CASCADE",
    'CREATE TABLE planted_last (id int PRIMARY KEY, role "UserRole", CHECK (id > 0), EXCLUDE USING btree (id WITH =))',
)


def drafted(connection: sa.Connection) -> tuple[str, str, list[Any]]:
    """The bodies of a revision that brings the database to the models, and its operations."""

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        return not (kind == "table" and name and (name.startswith("audit_events_") or is_record(name)))

    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": include_name,
        "target_metadata": models.metadata,
        "render_item": render_item,
        "sqlalchemy_module_prefix": "sa.",
        "alembic_module_prefix": "op.",
        "user_module_prefix": None,
    }
    context = MigrationContext.configure(connection, opts=options)
    script: Any = api.produce_migrations(context, models.metadata)
    complete(context, (), [script])
    autogen = api.AutogenContext(context, metadata=models.metadata)
    up, down = (render._render_cmd_body(each, autogen) for each in (script.upgrade_ops, script.downgrade_ops))
    return up, down, script.upgrade_ops.ops


def run(connection: sa.Connection, body: str) -> None:
    context = MigrationContext.configure(connection)
    with Operations.context(context) as op:
        exec(body, {"op": op, "sa": sa, "postgresql": postgresql})


def found(connection: sa.Connection) -> Facts:
    return described(connection)[1]


ALL_PLANTED = (*PLANTED, *MORE_PLANTED)
TOGETHER = 8
"""So many groups: comparing takes a second, and what stands in one group does not meet."""


@pytest.mark.filterwarnings("ignore:Computed default")
@pytest.mark.parametrize("number", range(TOGETHER))
def test_differences_are_drafted_and_taken_back(empty: sa.Connection, number: int) -> None:
    for plant in ALL_PLANTED[number::TOGETHER]:
        empty.execute(sa.text(plant.replace(":", "\\:")) if "\\:" not in plant else sa.text(plant))
    before = found(empty)
    up, down, _ = drafted(empty)
    run(empty, up)
    assert differences(empty) == []
    run(empty, down)
    assert found(empty) == before


def test_nothing_is_drafted_where_nothing_differs(empty: sa.Connection) -> None:
    empty.execute(sa.text("CREATE TABLE IF NOT EXISTS _nexus_migrations (id varchar(36) PRIMARY KEY)"))
    _, _, operations = drafted(empty)
    assert operations == []
