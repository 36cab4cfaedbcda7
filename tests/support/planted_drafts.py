"""Drafts that a process left behind, made without one."""

from __future__ import annotations

from pathlib import Path

from nexus_studio.core.data.cells import RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import DraftHead
from nexus_studio.core.data.draftjournal import Step, head_line, step_lines
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.services.draftfiles import draft_folder, relation_part
from nexus_studio.services.paths import Paths

OWNER = "1-deadbeef"


def plant_draft(profile: ConnectionProfile, table: str, tab: int = 1) -> Path:
    """Leave an edit of the row 1 of a table with the columns id and a, which held 'old'."""
    name = RelationName("public", table)
    columns = {"id": "integer", "a": "text"}
    head = DraftHead(name, profile.place, profile.name, profile.user, ("id",), columns, "2026-01-01T10:00:00+00:00")
    row = StagedRow(1, ChangeKind.UPDATE, RowKey(("1",)), {"a": "kept"}, {"a": "old"}, seen={"id": "1", "a": "old"})
    folder = draft_folder(Paths.default(), profile)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{relation_part(name)}.{OWNER}.{tab}.draft"
    step = Step({1: row}, "2026-01-01T10:05:00+00:00")
    file.write_bytes(b"".join((head_line(head), *step_lines(step))))
    return file


def drafts_of(paths: Paths) -> list[str]:
    """Name the files of drafts there are."""
    return sorted(file.name for file in paths.data.rglob("*.draft"))
