"""New rows of a save without an answer, after a crash: marked as perhaps written already, and looked for."""

from __future__ import annotations

from dataclasses import replace

from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import row_data, row_from
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.services.draftchecking import check_draft
from nexus_studio.services.session import Session
from tests.integration.services.test_rowwriter import CTX, Sql, Table


def test_they_are_marked_and_looked_for(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric(6,2), a text, j json)")
    sql("INSERT INTO t (n, a, j) VALUES (1, 'written', '{}')")
    table = Table(session, "t")
    for values in ({"n": "1.0", "a": "written", "j": "{}"}, {"a": "not written"}, {"n": "no number"}, {"a": "new"}):
        table.changes.insert(dict(values))
    for draft in table.changes.drafts()[:3]:
        table.changes.doubt(draft.draft, "perhaps")
    before = table.changes.revision
    table.changes.doubt(table.changes.drafts()[0].draft, "perhaps")
    assert table.changes.revision > before  # so that it is written to the disk
    rows = tuple(row_from(row_data(row)) for row in table.changes.staged_rows())  # as the disk has them
    first, second, third, fourth = (row.draft for row in rows)
    checked = check_draft(session, table.relation, rows, CTX)
    assert checked.unsure == {first, second, third}
    assert checked.alike == {first}
    assert len(checked.rows) == 4  # nothing that was typed is thrown away
    assert fourth not in checked.unsure


def test_with_a_key_of_its_own_it_is_known(session: Session, sql: Sql) -> None:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'written')")
    table = Table(session, "t")
    there = StagedRow(1, ChangeKind.INSERT, values={"id": "1", "a": "written"}, is_doubtful=True)
    missing = replace(there, draft=2, values={"id": "2", "a": "lost"})
    checked = check_draft(session, table.relation, (there, missing), CTX)
    assert (checked.done, checked.unsure) == (1, frozenset())
    assert [each.row.draft for each in checked.rows if each.row is not None] == [2]
