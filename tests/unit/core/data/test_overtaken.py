"""Which staged edits somebody else has overtaken."""

from __future__ import annotations

from typing import Any

import pytest

from nexus_studio.core.data.cells import Row, RowKey
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.data.overtaken import overtaken
from nexus_studio.core.data.staging import StagedRow

KEY = RowKey(("1",))


@pytest.mark.parametrize(
    ("cells", "sizes", "more", "is_told"),
    [
        (("1", "old", "x"), {}, {}, False),
        (("1", "theirs", "x"), {}, {}, True),
        (("1", None, "x"), {}, {}, True),
        (("1", "old", "other"), {}, {}, False),  # not the edited column
        (("1", "mine", "x"), {}, {}, False),  # the same was saved by somebody else
        (("1", "thei", "x"), {1: 9_000}, {}, False),  # cut: nobody can tell
        (("1", "theirs", "x"), {}, {"conflict": Conflict(1)}, False),  # told already
        (("1", "theirs", "x"), {}, {"kind": ChangeKind.DELETE, "values": {}}, True),
    ],
)
def test_what_is_told(
    cells: tuple[str | None, ...], sizes: dict[int, int], more: dict[str, Any], is_told: bool
) -> None:
    known: dict[str, Any] = {"kind": ChangeKind.UPDATE, "values": {"name": "mine"}, "base": {"name": "old"}, **more}
    staged = StagedRow(1, key=KEY, **known)
    rows = {KEY: Row(KEY, cells, sizes=sizes)}
    assert overtaken([staged], ("id", "name", "note"), rows.get) == ((KEY,) if is_told else ())
    assert overtaken([staged], ("id", "name", "note"), lambda _key: None) == ()
