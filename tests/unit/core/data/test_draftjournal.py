"""Drafts as lines of a file: everything staged comes back, a cut file gives the whole state before the cut."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.cells import DEFAULT, RowKey, StagedCell
from nexus_studio.core.data.changes import ChangeKind
from nexus_studio.core.data.draftcodec import (
    FORMAT,
    DraftHead,
    NewerDraft,
    NotADraft,
    head_data,
    head_from,
    row_data,
    row_from,
)
from nexus_studio.core.data.draftjournal import (
    Step,
    Typing,
    changed_rows,
    head_line,
    read_journal,
    step_lines,
    with_typing,
)
from nexus_studio.core.data.merge import Conflict
from nexus_studio.core.data.staging import StagedRow
from nexus_studio.core.names import RelationName

_HEAD = DraftHead(
    RelationName("public", "users"), "nexus @ localhost:5432", "local", "me", ("id",), {"id": "integer"}, "2026-01-01"
)
_TEXTS = st.text(st.characters(), max_size=8)  # NUL and lone surrogates among them: a person may have pasted one
_CELLS = st.one_of(st.none(), _TEXTS)
_STAGED: st.SearchStrategy[StagedCell] = st.one_of(_CELLS, st.just(DEFAULT))


@st.composite
def _rows(draw: st.DrawFn) -> StagedRow:
    kind = draw(st.sampled_from(ChangeKind))
    key = None if kind is ChangeKind.INSERT else RowKey(tuple(draw(st.lists(_CELLS, max_size=3))), draw(st.booleans()))
    columns = st.dictionaries(_TEXTS, _CELLS, max_size=3)
    return StagedRow(
        draw(st.integers(1, 50)),
        kind,
        key,
        draw(st.dictionaries(_TEXTS, _STAGED, max_size=3)),
        draw(columns),
        seen=draw(columns),
        version=draw(st.one_of(st.none(), _TEXTS)),
        keeps_identity=draw(st.booleans()),
    )


def _edit(draft: int, values: Mapping[str, StagedCell]) -> StagedRow:
    return StagedRow(draft, ChangeKind.UPDATE, RowKey((str(draft),)), values, {"name": "was"})


@given(_rows())
def test_a_row_comes_back_as_it_was(row: StagedRow) -> None:
    assert row_from(json.loads(json.dumps(row_data(row)))) == row


def test_marks_are_left_out() -> None:
    row = replace(_edit(1, {"name": "mine"}), rejections={"": "no"}, conflict=Conflict(1))
    assert row_from(row_data(row)) == _edit(1, {"name": "mine"})


def test_a_step_names_the_saves_that_it_takes_back() -> None:
    first = step_lines(Step({1: _edit(1, {"name": "a"})}, "now", takes_back=("aa", "bb")))
    then = step_lines(Step({2: _edit(2, {"name": "b"})}, "later"))
    lines = [head_line(_HEAD), *first]
    assert read_journal(lines).takes_back == ("aa", "bb")
    assert read_journal([*lines, *then]).takes_back == ()


@given(st.lists(st.dictionaries(st.integers(1, 5), st.one_of(st.none(), _rows()), max_size=4), max_size=5), st.data())
def test_a_file_cut_anywhere_gives_the_state_of_its_last_whole_step(
    steps: list[dict[int, StagedRow | None]], data: st.DataObject
) -> None:
    lines, state = head_line(_HEAD), dict[int, StagedRow]()
    states: list[tuple[int, dict[int, StagedRow]]] = [(0, {})]
    for number, rows in enumerate(steps):
        told = {draft: None if row is None else replace(row, draft=draft) for draft, row in rows.items()}
        lines += b"".join(step_lines(Step(told, str(number))))
        state = {draft: row for draft, row in {**state, **told}.items() if row is not None}
        states.append((len(lines), state))
    head = len(head_line(_HEAD))
    cut = data.draw(st.integers(head, len(lines)))

    journal = read_journal(lines[:cut].splitlines(keepends=True))

    expected = next(rows for end, rows in reversed(states) if end <= cut)
    if not journal.is_part:
        assert {row.draft: row for row in journal.rows} == expected
    assert journal.is_damaged is (cut not in {end for end, _ in states} and cut != head)
    assert journal.head == _HEAD


def test_a_first_step_that_is_cut_gives_the_rows_that_are_whole() -> None:
    step = Step({1: _edit(1, {"name": "a"}), 2: _edit(2, {"name": "b"})}, "now")
    lines = [head_line(_HEAD), *step_lines(step)]

    journal = read_journal([*lines[:2], lines[2][:20]])

    assert journal.is_part
    assert journal.is_damaged
    assert journal.rows == (_edit(1, {"name": "a"}),)


def test_a_line_with_another_letter_ends_the_reading() -> None:
    lines = [head_line(_HEAD), *step_lines(Step({1: _edit(1, {"name": "a"})}, "1"))]
    later = list(step_lines(Step({1: _edit(1, {"name": "b"})}, "2")))
    later[0] = later[0].replace(b'"b"', b'"c"')

    journal = read_journal([*lines, *later])

    assert journal.rows == (_edit(1, {"name": "a"}),)
    assert journal.is_damaged


@pytest.mark.parametrize("lines", [[], [b""], [b"\n"], [b"00000000 {}\n"], [b"\xff\xfe garbage \x00\n"]])
def test_a_file_without_a_head_is_no_draft(lines: list[bytes]) -> None:
    with pytest.raises(NotADraft):
        read_journal(lines)


def test_a_newer_format_is_refused_by_its_number() -> None:
    with pytest.raises(NewerDraft) as refused:
        head_from({**head_data(_HEAD), "format": FORMAT + 1, "relation": {"of": "another form"}})
    assert refused.value.format == FORMAT + 1


@pytest.mark.parametrize("data", [None, [], {}, {"draft": True, "kind": "update"}, {"draft": 1, "kind": "update"}])
def test_what_is_no_row_is_refused(data: object) -> None:
    with pytest.raises(NotADraft):
        row_from(data)


def test_what_was_typed_is_staged_over_the_rest_of_its_row() -> None:
    row = _edit(1, {"name": "a", "mail": "m"})
    step = Step({1: row, 2: _edit(2, {"name": "b"})}, "1", saving=True, typing=Typing(row, "name", "abc"))

    journal = read_journal([head_line(_HEAD), *step_lines(step)])

    assert journal.saving
    assert {each.draft: dict(each.values) for each in with_typing(journal)} == {
        1: {"name": "abc", "mail": "m"},
        2: {"name": "b"},
    }


def test_only_rows_that_are_another_now_are_told() -> None:
    first, second = _edit(1, {"name": "a"}), _edit(2, {"name": "b"})
    marked = replace(first, rejections={"": "no"})
    assert changed_rows({1: first, 2: second}, (marked, second)) == {}
    assert changed_rows({1: first, 2: second}, (_edit(1, {"name": "c"}),)) == {1: _edit(1, {"name": "c"}), 2: None}


def test_a_checksum_is_of_the_whole_line() -> None:
    body = head_line(_HEAD)[9:-1]
    assert head_line(_HEAD)[:8] == b"%08x" % zlib.crc32(body)
