"""Imports into tables that Prisma's client fills: new ids like those there are, updatedAt set to now."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nexus_studio import cli
from nexus_studio.core.data.conventions import IdKind, kind_of_ids
from nexus_studio.core.data.images import RowImage
from nexus_studio.core.data.transferplan import ImportMode, ImportPlan, ImportReport, Wishes
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.overlay import ModelOverlay
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.service import TransferService

Sql = Callable[..., list[tuple[Any, ...]]]
CTX = TaskContext.for_test()
OLD = "cjld2cjxh0000qzrmn831i7rn"
TABLE = f"""
    CREATE TABLE "User" (id text PRIMARY KEY, email text NOT NULL UNIQUE, name text, "updatedAt" timestamp(3) NOT NULL);
    INSERT INTO "User" VALUES ('{OLD}', 'ada@x', 'Ada', '2020-01-01')
"""
ROWS = "SELECT email, name, id, \"updatedAt\" > now() AT TIME ZONE 'UTC' - interval '1 hour' FROM \"User\" ORDER BY 1"


class Witness:
    """Holds on to the images."""

    images: tuple[RowImage, ...] = ()

    def wrote(self, inserted: int, updated: int) -> None:
        pass

    def before_commit(self, images: tuple[RowImage, ...], transaction: str | None, connection: object) -> None:
        self.images = images

    def ended(self, outcome: object) -> None:
        pass


class Desk:
    """Imports into "User" with a connection that fills updatedAt, or not."""

    def __init__(self, profile: ConnectionProfile, folder: Path, sql: Sql, *, fills: bool = True) -> None:
        sql(TABLE)
        self.session = Session.open(replace(profile, fills_updated_at=fills), None, CTX)
        self.witness, self.path = Witness(), folder / "rows.csv"
        self.service = TransferService(self.session, ModelOverlay(), lambda *_: self.witness)

    def plan(self, content: str, **wishes: Any) -> ImportPlan:
        self.path.write_text(content)
        plan = self.service.preview(self.path, Wishes(**wishes), self.relation, CTX)[1]
        assert plan is not None
        return plan

    def run(self, content: str, **wishes: Any) -> ImportReport:
        self.path.write_text(content)
        return self.service.run(self.path, self.relation, Wishes(**wishes), CTX)[0]

    @property
    def relation(self) -> Any:
        return CatalogReader(self.session).relation(RelationName("public", "User"), CTX)


@pytest.fixture
def make(profile: ConnectionProfile, tmp_path: Path, sql: Sql) -> Any:
    desks: list[Desk] = []

    def made(**how: Any) -> Desk:
        desks.append(Desk(profile, tmp_path, sql, **how))
        return desks[-1]

    yield made
    for desk in desks:
        desk.session.close()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", 'email,name\nbob@x,Bob\ncyd@x,""\n'),
        ("rows.jsonl", '{"email":"bob@x","name":"Bob"}\n{"email":"cyd@x","name":""}\n'),
    ],
)
def test_new_rows_are_given_ids_and_moments(make: Callable[..., Desk], sql: Sql, name: str, content: str) -> None:
    desk = make()
    desk.path = desk.path.with_name(name)
    plan = desk.plan(content)
    assert (plan.new_ids, plan.set_to_now, plan.lacking, plan.kept) == (("id",), ("updatedAt",), (), ())
    report = desk.run(content)
    assert (report.inserted, report.refused, report.unkept) == (2, 0, None)
    rows = sql(ROWS)
    assert [(email, shown, is_now) for email, shown, _, is_now in rows] == [
        ("ada@x", "Ada", False),
        ("bob@x", "Bob", True),
        ("cyd@x", "", True),
    ]
    ids = [row[2] for row in rows]
    assert (len(set(ids)), kind_of_ids(ids)) == (3, IdKind.CUID)
    assert {image.after["id"] for image in desk.witness.images if image.after} == set(ids) - {OLD}


def test_a_row_that_is_there_keeps_its_id(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    report = desk.run("email,name\nada@x,Eve\nbob@x,Bob\n", mode=ImportMode.UPSERT)
    assert (report.inserted, report.updated, report.unkept) == (1, 1, None)
    (ada, bob) = sql(ROWS)
    assert ada == ("ada@x", "Eve", OLD, True)
    assert bob[3]
    assert kind_of_ids((bob[2],)) is IdKind.CUID
    before = next(image.before for image in desk.witness.images if image.before)
    assert before["updatedAt"] == "2020-01-01 00:00:00"


def test_changed_rows_are_stamped_and_get_no_id(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    content = f"id,name\n{OLD},Eve\n"
    plan = desk.plan(content, mode=ImportMode.UPDATE)
    assert (plan.new_ids, plan.set_to_now) == ((), ("updatedAt",))
    assert desk.run(content, mode=ImportMode.UPDATE).updated == 1
    assert sql(ROWS) == [("ada@x", "Eve", OLD, True)]
    assert desk.plan("email,name\n", mode=ImportMode.UPDATE).new_ids == ()


def test_where_a_file_changes_nothing_nothing_is_stamped(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    report = desk.run("email\nada@x\nbob@x\n", mode=ImportMode.UPSERT)
    assert (report.inserted, report.updated) == (1, 0)
    assert [row[3] for row in sql(ROWS)] == [False, True]


def test_what_the_file_has_is_the_file_s(make: Callable[..., Desk], sql: Sql) -> None:
    content = "id,email,updatedAt\nmine,bob@x,2021-02-03\n"
    desk = make()
    plan = desk.plan(content)
    assert plan.filled == ()
    desk.run(content)
    assert sql('SELECT id, "updatedAt"::text FROM "User" WHERE email = \'bob@x\'') == [("mine", "2021-02-03 00:00:00")]


def test_a_column_of_that_name_that_is_left_out_is_filled(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    desk.run("id,email\nforeign,bob@x\n", maps={"id": ""})
    assert kind_of_ids([row[2] for row in sql(ROWS)]) is IdKind.CUID


def test_updated_at_is_the_connection_s_to_allow_in_imports_too(make: Callable[..., Desk]) -> None:
    desk = make(fills=False)
    plan = desk.plan("email\nbob@x\n")
    assert (plan.new_ids, plan.set_to_now, plan.lacking) == (("id",), (), ("updatedAt",))
    with pytest.raises(TransferRefused) as caught:
        desk.run("email\nbob@x\n")
    assert (caught.value.code, caught.value.facts["columns"]) == ("transfer.lacking", ("updatedAt",))


def test_ids_that_are_not_known_are_still_lacking(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    sql("UPDATE \"User\" SET id = 'admin'")
    plan = desk.plan("email\nbob@x\n")
    assert (plan.new_ids, plan.lacking) == ((), ("id",))


def test_refused_lines_are_told_as_ever(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    with pytest.raises(TransferRefused) as caught:
        desk.run("email,name\nada@x,again\nbob@x,Bob\nbob@x,Bob\n,nobody\n")
    report = caught.value.outcome
    assert isinstance(report, ImportReport)
    assert [(each.line, each.columns, each.code) for each in report.refusals] == [
        (2, ("email",), "constraint.unique"),
        (4, ("email",), "transfer.same_key"),
        (5, ("email",), "constraint.not_null"),
    ]
    assert len(sql(ROWS)) == 1


def test_refusals_about_what_is_filled_name_no_column_of_the_file(make: Callable[..., Desk], sql: Sql) -> None:
    desk = make()
    sql("ALTER TABLE \"User\" ADD CHECK (\"updatedAt\" < '2021-01-01' AND id < 'cz')")
    with pytest.raises(TransferRefused) as caught:
        desk.run("email\nbob@x\n")
    assert isinstance(caught.value.outcome, ImportReport)
    (refusal,) = caught.value.outcome.refusals
    assert (refusal.line, refusal.columns, refusal.code) == (2, (), "constraint.check")


def test_the_command_says_it_before(
    sql: Sql, pg_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sql(TABLE)
    sql('ALTER TABLE "User" ALTER "updatedAt" SET DEFAULT now()')
    monkeypatch.setenv("DATABASE_URL", pg_url)
    path = tmp_path / "rows.csv"
    path.write_text("email\nbob@x\n")
    words = ["import", str(path), "--into", '"User"']
    assert cli.main([*words, "--preview"]) == 0
    assert "New rows are given an id like those there are: id" in capsys.readouterr().out
    assert cli.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["new_ids"], found["set_to_now"], found["inserted"]) == (["id"], [], 1)
