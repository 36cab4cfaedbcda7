"""The canary: whatever happens to a recognisable value, no log line has it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nexus_studio.core.errors import ConstraintViolated, ServerReport
from nexus_studio.services.logs import set_up_logging, shut_down_logging
from nexus_studio.services.paths import Paths

CANARY = "Zoë-Canary-4711"


class Thing:
    def __repr__(self) -> str:
        return CANARY


@pytest.fixture
def file() -> Iterator[Path]:
    before = logging.raiseExceptions
    found = set_up_logging(Paths.default())
    assert found is not None
    yield found
    shut_down_logging()
    logging.raiseExceptions = before


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_has_constant_fields_and_extras(file: Path) -> None:
    logging.getLogger("nexus_studio.x").info("page fetched", extra={"relation": "public.users", "rows": 500})
    (line,) = lines(file)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info", "logger": "nexus_studio.x", "message": "page fetched", "relation": "public.users", "rows": 500,
    }  # fmt: skip


def test_the_canary_is_in_no_line(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    del caplog  # asked for to say that the errors here are meant
    log = logging.getLogger("nexus_studio.x")
    log.error("said %s and %s", CANARY, Thing())
    log.error(Thing())
    log.error(ValueError(CANARY))
    log.info("fields", extra={"thing": Thing(), "things": [Thing()], "error": ValueError(CANARY)})
    try:
        try:
            raise ValueError(CANARY)  # noqa: TRY301 - a cause of its own
        except ValueError as error:
            report = ServerReport("23505", CANARY, CANARY, CANARY, table="users", constraint="users_email_key")
            raise ConstraintViolated("constraint.unique", report=report) from error
    except ConstraintViolated:
        log.exception("save failed for %s", CANARY)
    text = file.read_text(encoding="utf-8")
    assert CANARY not in text
    assert "4711" not in text
    last = lines(file)[-1]
    assert (last["code"], last["sqlstate"], last["constraint"]) == ("constraint.unique", "23505", "users_email_key")
    assert "test_logs.py" in last["trace"]
    assert len(lines(file)) == 5


def test_libraries_are_not_written(file: Path) -> None:
    logging.getLogger("sqlalchemy.engine").warning("SELECT 1")
    logging.getLogger("nexus_studio.x").info("ours")
    assert [line["message"] for line in lines(file)] == ["ours"]


def test_twice_set_up_writes_once(file: Path) -> None:
    set_up_logging(Paths.default())
    logging.getLogger("nexus_studio.x").info("once")
    assert len(lines(file)) == 1


def test_stderr_on_request(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(Paths.default(), json_to_stderr=True)
    logging.getLogger("nexus_studio.x").info("seen", extra={"n": 1})
    assert json.loads(capsys.readouterr().err)["n"] == 1


def test_a_state_folder_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    before = logging.raiseExceptions
    assert set_up_logging(Paths.below(tmp_path)) is None
    shut_down_logging()
    logging.raiseExceptions = before
