"""docs/types.md says of every type how it is edited, and is up to date."""

from __future__ import annotations

from scripts.typetable import DOCUMENT, with_table


def test_the_table_is_that_of_the_matrix() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(document) == document, "run: python -m scripts.typetable"
    assert document.count("\n| `") > 60
