"""The lines of a draft's file: what was staged, step after step, each line with its checksum. Pure.

A file begins with its head. Then come steps: a line for each row that is staged otherwise now, or no more, and a line
that ends the step. A step counts when its end is there: a power cut in the middle of one leaves the state before it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nexus_studio.core.data.draftcodec import DraftHead, NotADraft, head_data, head_from, row_data, row_from
from nexus_studio.core.data.staging import StagedRow

_WIDTH: Final = 8  # letters of a checksum


@dataclass(frozen=True, slots=True)
class Typing:
    """A text that stands in an open editor and is not staged yet: of which row (as a staged one has it), which column.

    `row` has no values of its own where nothing else is staged for it.
    """

    row: StagedRow
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """How a draft stands from a moment on.

    `rows` are those that are another now, by draft number; None: no more staged. `at` is ISO 8601. `saving`: a save of
    what is staged has begun, and nobody knows yet how it ends. `takes_back` names the saved sets whose inverse is
    staged, among other edits perhaps.
    """

    rows: Mapping[int, StagedRow | None]
    at: str
    saving: bool = False
    typing: Typing | None = None
    takes_back: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journal:
    """What a file says: the rows staged by its last whole step, in the order they were first touched.

    `is_damaged`: lines could not be read, or the last step was cut; what is here is what was whole before.
    `is_part`: not even the first step is whole; the rows are those of its lines that are. `lines`: how many there are.
    """

    head: DraftHead
    rows: tuple[StagedRow, ...] = ()
    at: str = ""
    saving: bool = False
    typing: Typing | None = None
    takes_back: tuple[str, ...] = ()
    is_damaged: bool = False
    is_part: bool = False
    lines: int = 0


def with_typing(journal: Journal) -> tuple[StagedRow, ...]:
    """Return the rows as they are when what was being typed is staged as well."""
    if journal.typing is None:
        return journal.rows
    row, text = journal.typing.row, {journal.typing.column: journal.typing.text}
    others = tuple(each for each in journal.rows if each.draft != row.draft)
    return (*others, replace(row, values={**row.values, **text}))


def head_line(head: DraftHead) -> bytes:
    """Write the first line of a file."""
    return _line(head_data(head))


def step_lines(step: Step) -> Iterator[bytes]:
    """Write the lines of a step."""
    for draft, row in step.rows.items():
        yield _line({"gone": draft} if row is None else {"row": row_data(row)})
    end: dict[str, Any] = {"end": step.at}
    if step.saving:
        end["saving"] = True
    if step.takes_back:
        end["takes_back"] = list(step.takes_back)
    if step.typing is not None:
        typing = step.typing
        end["typing"] = {"row": row_data(typing.row), "column": typing.column, "text": typing.text}
    yield _line(end)


def read_journal(lines: Iterable[bytes]) -> Journal:
    """Read a file.

    Raises:
        NewerDraft: a newer Nexus Studio wrote it.
        NotADraft: not even its head can be read.
    """
    numbered = iter(lines)
    head = head_from(_data(next(numbered, b"")))
    reading = _Reading()
    try:
        for line in numbered:
            reading.take(_data(line))
    except NotADraft:
        reading.is_cut = True
    return reading.journal(head)


@dataclass(slots=True)
class _Reading:
    whole: dict[int, StagedRow] = field(default_factory=dict)  # as the last whole step left it
    step: dict[int, StagedRow | None] = field(default_factory=dict)  # of the step that is being read
    end: Mapping[str, Any] = field(default_factory=dict)
    typing: Typing | None = None
    takes_back: tuple[str, ...] = ()
    is_cut: bool = False
    lines: int = 1

    def take(self, data: Mapping[str, Any]) -> None:
        if "row" in data:
            row = row_from(data["row"])
            self.step[row.draft] = row
        elif isinstance(data.get("gone"), int):
            self.step[data["gone"]] = None
        elif isinstance(data.get("end"), str):
            typing, takes_back = _typing(data.get("typing")), _names(data.get("takes_back", []))
            self.whole, self.step = _after(self.whole, self.step), {}
            self.end, self.typing, self.takes_back = data, typing, takes_back
        else:
            raise NotADraft("line")
        self.lines += 1

    def journal(self, head: DraftHead) -> Journal:
        is_part = not self.end and bool(self.step)
        rows = _after(self.whole, self.step) if is_part else self.whole
        return Journal(
            head,
            tuple(rows[draft] for draft in sorted(rows)),
            str(self.end.get("end", "")),
            self.end.get("saving") is True,
            self.typing,
            self.takes_back,
            is_damaged=self.is_cut or bool(self.step),
            is_part=is_part,
            lines=self.lines,
        )


def _after(rows: Mapping[int, StagedRow], step: Mapping[int, StagedRow | None]) -> dict[int, StagedRow]:
    merged = {**rows, **step}
    return {draft: row for draft, row in merged.items() if row is not None}


def _typing(data: object) -> Typing | None:
    if data is None:
        return None
    if not isinstance(data, dict) or not isinstance(data.get("column"), str) or not isinstance(data.get("text"), str):
        raise NotADraft("typing")
    return Typing(row_from(data.get("row")), data["column"], data["text"])


def _names(data: object) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        raise NotADraft("takes_back")
    return tuple(data)


def _line(data: Mapping[str, Any]) -> bytes:
    body = json.dumps(data, separators=(",", ":")).encode("ascii")  # ascii: lone surrogates are written as \\ud800
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _data(line: bytes) -> Mapping[str, Any]:
    """Read a line.

    Raises:
        NotADraft: it is not whole.
    """
    body = line[_WIDTH + 1 : -1]
    if line[-1:] != b"\n" or line[:_WIDTH] != b"%08x" % zlib.crc32(body):
        raise NotADraft("line")
    try:
        data = json.loads(body)
    except ValueError as error:
        raise NotADraft("line") from error
    if not isinstance(data, dict):
        raise NotADraft("line")
    return data


def changed_rows(before: Mapping[int, StagedRow], now: Sequence[StagedRow]) -> dict[int, StagedRow | None]:
    """Return the rows that a step has to tell of: those that are another now, and None for those no more staged."""
    here = {row.draft: row for row in now}
    rows: dict[int, StagedRow | None] = {}
    for draft, row in here.items():
        former = before.get(draft)
        if former is not row and (former is None or row_data(former) != row_data(row)):
            rows[draft] = row
    rows.update(dict.fromkeys(before.keys() - here.keys()))
    return rows
