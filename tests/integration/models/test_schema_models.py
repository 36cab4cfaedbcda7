"""The models keep the conventions that readers of the metadata rely on."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, configure_mappers
from sqlalchemy.sql.schema import CallableColumnDefault

import models
from models import IdSource, Student, User, UserRole, new_id

SENSITIVE = {
    "users": {"email", "password", "firstName", "lastName", "phone"},
    "parent_profiles": {"address"},
    "student_profiles": {"birthDate"},
    "students": {"birthDate"},
    "login_events": {"ipAddress"},
    "messages": {"content"},
    "stage_reservations": {"parentName", "email", "phone", "studentName"},
}

TABLES = list(models.metadata.tables.values())


def test_importing_the_models_needs_neither_alembic_nor_a_driver_nor_the_product() -> None:
    found = "sorted({'alembic', 'psycopg', 'nexus_studio', 'PySide6'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", f"import models, models.drift, sys; print({found})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_all_tables_of_the_domain_are_there() -> None:
    configure_mappers()
    assert len(TABLES) == 40
    assert len(models.ENUMS) == 20
    assert {view.name for view in models.VIEWS} == {"student_overview", "monthly_revenue"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_says_what_it_is(table: sa.Table) -> None:
    assert table.comment
    label = table.info["label"]
    assert label
    assert set(label) <= set(table.c.keys())


def test_exactly_the_personal_columns_are_sensitive() -> None:
    found = {
        table.name: {column.name for column in table.c if column.info.get("sensitive")}
        for table in TABLES
        if any(column.info.get("sensitive") for column in table.c)
    }
    assert found == SENSITIVE


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_foreign_key_column_is_indexed(table: sa.Table) -> None:
    whole = [index for index in table.indexes if index.dialect_options["postgresql"]["where"] is None]
    keys = [one for one in table.constraints if isinstance(one, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
    leading = {one.columns[0].name for one in (*whole, *keys)}
    assert {key.parent.name for key in table.foreign_keys} <= leading


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_ids_and_moments_have_their_keepers(table: sa.Table) -> None:
    key = table.c.get("id")
    if key is not None and isinstance(key.type, sa.Text):
        assert key.server_default is None
        assert isinstance(key.default, CallableColumnDefault)
        assert len(_called(key.default)) == 26
    if (born := table.c.get("createdAt")) is not None:
        assert born.server_default is not None
    if (changed := table.c.get("updatedAt")) is not None:
        assert changed.server_default is None
        assert isinstance(changed.default, CallableColumnDefault)
        assert _called(changed.default).tzinfo is UTC
        assert changed.onupdate is not None


def test_names_in_the_database_are_camel_case() -> None:
    for table in TABLES:
        assert table.name == table.name.lower()
        for column in table.c:
            assert "_" not in column.name
            assert column.name[0].islower()


def test_ids_sort_by_age_and_never_meet() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)


def test_threads_never_make_the_same_id() -> None:
    source, made = IdSource(), []

    def make() -> None:
        made.extend([source.next() for _ in range(3_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 12_000


def test_ids_sort_alike_in_the_database(empty: sa.Connection) -> None:
    ids = [new_id() for _ in range(500)]
    values = sa.select(sa.func.unnest(sa.cast(ids, sa.ARRAY(sa.Text))).label("id")).subquery()
    # What a server offers depends on how it was built; "C" is always there.
    known = sa.text("SELECT collname FROM pg_collation WHERE collname IN ('C', 'en_US', 'fr_FR', 'und-x-icu')")
    for collation in empty.scalars(known).all():
        found = empty.scalars(sa.select(values.c.id).order_by(values.c.id.collate(collation)))
        assert list(found) == ids


def test_a_row_gets_its_id_and_moments_and_goes_with_its_parent(seeded: sa.Connection) -> None:
    with Session(seeded, join_transaction_mode="create_savepoint") as session:
        someone = User(email="nouveau@exemple.example", role=UserRole.PARENT)
        session.add(someone)
        session.commit()
        born = someone.updated_at
        assert len(someone.id) == 26
        assert abs((datetime.now(UTC) - someone.created_at).total_seconds()) < 60
        someone.phone = "+216 71 000 000"
        session.commit()
        assert someone.updated_at > born
        pupil = session.scalars(sa.select(Student).limit(1)).one()
        user, key = pupil.user, pupil.id
        assert pupil.parent.students
        session.delete(user)
        session.commit()
        session.expunge_all()
        assert session.get(Student, key) is None


def _called(default: CallableColumnDefault) -> Any:
    """The value of a default, called as Studio does: without a statement that is being executed."""
    function: Callable[[None], Any] = default.arg  # type: ignore[assignment]
    return function(None)
