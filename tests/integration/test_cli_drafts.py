"""`nexus-studio drafts`: what is kept is listed, shown without its values unless asked, and discarded when sure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nexus_studio import cli
from nexus_studio.core.data.draftcodec import FORMAT
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.draftfiles import Owner
from tests.support.planted_drafts import OWNER, plant_draft

Cli = Callable[..., tuple[int, dict[str, Any]]]

_PROFILE = ConnectionProfile("local", host="localhost", database="shop", user="ann")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Cli:
    """A function that runs a command: exit code and what it answered in JSON."""

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        code = cli.main(("drafts", *words, "--json"))
        return code, json.loads(capsys.readouterr().out)

    return run


def test_nothing_is_kept(call: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == (0, {"drafts": []})
    assert cli.main(("drafts", "list")) == 0
    assert "No staged edits are kept" in capsys.readouterr().out


def test_drafts_are_listed_with_where_they_belong(call: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    file = plant_draft(_PROFILE, "t")

    code, said = call("list")

    assert code == 0
    (draft,) = said["drafts"]
    assert draft | {"file": ""} == {
        "id": "deadbeef-1",
        "file": "",
        "relation": "t",
        "database": "shop @ localhost:5432",
        "connection": "local",
        "user": "ann",
        "edited": 1,
        "inserted": 0,
        "deleted": 0,
        "typing": False,
        "at": "2026-01-01T10:05:00+00:00",
        "saving": False,
        "in_use": False,
        "damaged": False,
        "problem": None,
    }
    assert draft["file"] == str(file)
    assert cli.main(("drafts", "list")) == 0
    text = capsys.readouterr().out
    assert "deadbeef-1" in text
    assert "kept" not in text


def test_values_are_shown_only_when_asked_for(call: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    plant_draft(_PROFILE, "t")

    _, said = call("show", "deadbeef-1")
    assert said["rows"] == [{"kind": "update", "columns": ["a"]}]
    _, said = call("show", "deadbeef-1", "--values")
    assert said["rows"] == [{"kind": "update", "key": {"id": "1"}, "was": {"a": "old"}, "becomes": {"a": "kept"}}]

    assert cli.main(("drafts", "show", "deadbeef-1")) == 0
    assert "kept" not in capsys.readouterr().out
    assert cli.main(("drafts", "show", "deadbeef-1", "--values")) == 0
    assert "kept" in capsys.readouterr().out


def test_discarding_wants_to_be_sure_and_takes_all_or_none(call: Cli) -> None:
    first, second = plant_draft(_PROFILE, "t"), plant_draft(_PROFILE, "u", tab=2)

    assert call("discard", "deadbeef-1")[1]["error"]["code"] == "cli.yes"
    assert call("discard", "deadbeef-1", "deadbeef-9", "--yes")[1]["error"]["code"] == "draft.unknown"
    assert first.exists()
    code, said = call("discard", "deadbeef-1", "deadbeef-2", "--yes")

    assert code == 0
    assert [each["id"] for each in said["discarded"]] == ["deadbeef-1", "deadbeef-2"]
    assert not first.exists()
    assert not second.exists()


def test_drafts_of_a_studio_that_runs_are_its_own(call: Cli) -> None:
    file = plant_draft(_PROFILE, "t")
    owner = Owner(file.parent)
    owner.sign()
    mine = file.rename(file.with_name(file.name.replace(OWNER, owner.name)))

    (draft,) = call("list")[1]["drafts"]
    assert draft["in_use"]
    assert call("discard", draft["id"], "--yes")[1]["error"]["code"] == "draft.owned"
    assert mine.exists()
    owner.resign()
    assert call("discard", draft["id"], "--yes")[0] == 0
    assert not list(file.parent.iterdir())  # its owner's sign went with it


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text.replace(b'{"format":', b'{"format":9'), "draft.unreadable"),  # its checksum tells
        (lambda _: b"", "draft.unreadable"),
    ],
)
def test_what_cannot_be_read_is_said_and_can_be_discarded(
    call: Cli, spoil: Callable[[bytes], bytes], code: str
) -> None:
    file = plant_draft(_PROFILE, "t")
    file.write_bytes(spoil(file.read_bytes()))

    (draft,) = call("list")[1]["drafts"]
    assert draft["damaged"]
    assert call("show", draft["id"])[1]["error"]["code"] == code
    assert call("discard", draft["id"], "--yes")[0] == 0


def test_a_newer_format_is_left_to_the_newer_one(call: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr("nexus_studio.core.data.draftcodec.FORMAT", FORMAT + 1)
        file = plant_draft(_PROFILE, "t")

    code, said = call("show", "deadbeef-1")

    assert code == 1
    assert said["error"]["code"] == "draft.newer"
    assert str(FORMAT + 1) in said["error"]["message"]
    assert file.exists()
