"""The text of a project's `.env` file: its lines, its variables, filling them in, and changing one of them.

Nothing is read or written here, and no text is taken apart into lines: `services/dotenv_file.py` does that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nexus_studio.core.errors import UserError

FILE_NAME = ".env"
EXAMPLE_NAME = ".env.example"

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Compose specification, "Interpolation"
_REFERENCE = re.compile(
    r"\$(?:(?P<dollar>\$)|(?P<plain>[A-Za-z_]\w*)|\{(?P<name>\w+)(?:(?P<mode>:?-)(?P<default>[^}]*))?\})"
)

_HEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*")
_EQUALS = re.compile(r"=[^\S\r\n]*")
_QUOTED = {"'": re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL), '"': re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)}
_REST = re.compile(r"[^\r\n]*")
_COMMENT = re.compile(r"\s+#.*")
_BREAK = re.compile(r"\r\n|\n|\r")

_PLAIN = re.compile(r"[\w./:@%+,=~$-]+", re.ASCII)
"""What stands without quotes in every reader of such files, a shell among them."""

_LOOSE = re.compile(r"(?!['\"#])\S+(?:[^\S\r\n]+(?!#)\S+)*")
"""What stands without quotes where a shell need not read it."""

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


@dataclass(frozen=True, slots=True)
class EnvLine:
    """A piece of the file: an assignment, a comment, or what is neither.

    `text` is all of it with its line break and the empty lines before; `number` is the line where it begins, from 1.
    `value` is the value without quotes and not filled in, None where the line has no "=". The repr holds no value.
    """

    number: int
    text: str
    name: str | None = None
    value: str | None = None
    is_broken: bool = False

    def __repr__(self) -> str:
        return f"EnvLine({self.number}, name={self.name!r})"

    @property
    def quote(self) -> str:
        """The sign around the value: a quote, or "" for none."""
        start, _ = self.span
        return self.text[start] if self.text[start : start + 1] in {"'", '"'} else ""

    @property
    def span(self) -> tuple[int, int]:
        """Where the value stands in `text`, its quotes included; an empty span where it is to be written."""
        head = _HEAD.match(self.text)
        start = head.end() if head else len(self.text)
        equals = _EQUALS.match(self.text, start)
        if equals is None:
            return start, start
        start = equals.end()
        sign = self.text[start : start + 1]
        if sign == "#" and len(equals.group()) > 1:
            return equals.start() + 1, equals.start() + 1
        if sign in _QUOTED and (quoted := _QUOTED[sign].match(self.text, start)):
            return start, quoted.end()
        rest = _REST.match(self.text, start)
        value = _COMMENT.sub("", rest.group() if rest else "").rstrip()
        return start, start + len(value)

    @property
    def has_open_quote(self) -> bool:
        """Whether a quote begins the value and does not end on its line, so that readers differ on all that follows."""
        if not self.is_broken or self.quote == "":
            return False
        start, _ = self.span
        closed = _QUOTED[self.quote].match(self.text, start)
        return closed is None or _BREAK.search(closed.group()) is not None

    @property
    def is_literal(self) -> bool:
        """Whether a dollar in the value is just a dollar, as a shell has it in single quotes."""
        return self.quote == "'"

    def holding(self, value: str) -> EnvLine:
        """Return the line with another value: what stands before and behind it stays, and its quotes if they can."""
        start, end = self.span
        equals = "" if self.value is not None else "="
        former = self.value or ""
        written = _written(
            value,
            self.quote,
            had_dollar="$" in former and not self.is_literal,
            is_loose=bool(former) and not _PLAIN.fullmatch(former),
        )
        return replace(self, text=f"{self.text[:start]}{equals}{written}{self.text[end:]}", value=value)


@dataclass(frozen=True, slots=True)
class EnvText:
    """A whole file. Joining its lines gives exactly what was read."""

    lines: tuple[EnvLine, ...] = ()

    @property
    def text(self) -> str:
        """The file's text."""
        return "".join(line.text for line in self.lines)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables in their order, each once."""
        return tuple(dict.fromkeys(line.name for line in self.lines if line.name))

    def line(self, name: str) -> EnvLine | None:
        """Return the line that counts for a variable: the last one."""
        return next((line for line in reversed(self.lines) if line.name == name), None)

    def raw(self, name: str) -> str | None:
        """Return a variable's value as it is written, references in it; None where it is not set."""
        line = self.line(name)
        return None if line is None else line.value or ""

    def values(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return all variables filled in from what stands above them; the environment goes before the file."""
        found: dict[str, str] = {}
        for line in self.lines:
            if line.name is not None:
                value = line.value or ""
                found[line.name] = value if line.is_literal else expand(value, {**found, **environ})
        return found

    def open_quote_before(self, name: str) -> EnvLine | None:
        """Return the line above a variable whose quote is never closed: not all readers get to the variable."""
        line = self.line(name)
        above = self.lines[: self.lines.index(line)] if line is not None else ()
        return next((each for each in above if each.has_open_quote), None)

    def comment_of(self, name: str) -> str:
        """Return the comment that stands right above a variable, without its signs; "" for none."""
        return "\n".join(
            text.strip().lstrip("#").strip() for line in self.comment_lines(name) for text in line.text.splitlines()
        ).strip()

    def comment_lines(self, name: str) -> list[EnvLine]:
        """Return the lines of comment that touch the variable's line from above."""
        found: list[EnvLine] = []
        line = self.line(name)
        place = self.lines.index(line) if line is not None else 0
        while place > 0 and not self.lines[place].text.startswith(("\n", "\r")):
            place -= 1
            above = self.lines[place]
            if above.name is not None or above.is_broken or not above.text.strip():
                break
            found.insert(0, above)
        return found

    def with_value(self, name: str, value: str, like: EnvText | None = None) -> EnvText:
        """Return the file with a variable set: in its line, else in a new one where it can be referred to.

        A new line stands before the first one that refers to it, else behind the variable that goes before it in
        `like` (the example), with the comment it has there, else at the end.

        Raises:
            UserError: "env.name_invalid", "env.value_invalid"; fact `name`.
        """
        if not NAME.fullmatch(name):
            raise UserError("env.name_invalid", name=name)
        if _UNWRITABLE.search(value):
            raise UserError("env.value_invalid", name=name)
        if (known := self.line(name)) is not None:
            return _numbered(line.holding(value) if line is known else line for line in self.lines)
        written = f"{name}={_written(value, '', had_dollar=False)}{self._line_break}"
        comment = [_bare(line) for line in like.comment_lines(name)] if like is not None else []
        place = self._place(name, like)
        if comment and place:
            comment[0] = replace(comment[0], text=self._line_break + comment[0].text)
        added = (*comment, EnvLine(0, written, name, value))
        return _numbered((*_ended(self.lines[:place], self._line_break), *added, *self.lines[place:]))

    def without(self, name: str) -> EnvText:
        """Return the file without a variable; comments stay."""
        return _numbered(line for line in self.lines if line.name != name)

    def _place(self, name: str, like: EnvText | None) -> int:
        for number, line in enumerate(self.lines):
            if line.name and not line.is_literal and name in references(line.value or ""):
                return number - len(self.comment_lines(line.name))
        before = like.names[: like.names.index(name)] if like is not None and name in like.names else ()
        for other in reversed(before):
            if (above := self.line(other)) is not None:
                return self.lines.index(above) + 1
        return len(self.lines)

    @property
    def _line_break(self) -> str:
        found = next((match for line in self.lines if (match := _BREAK.search(line.text))), None)
        return found.group() if found else "\n"


def expand(text: str, values: Mapping[str, str]) -> str:
    """Fill in `${NAME}`, `${NAME:-default}`, `${NAME-default}` and `$NAME`; `$$` is a dollar.

    An unknown `${NAME}` is empty; an unknown `$NAME` stays as it is, because it is more often a part of a password.
    """
    return _REFERENCE.sub(lambda found: _value(found, values), text)


def references(text: str, *, only_bare: bool = False) -> frozenset[str]:
    """Return the variables that a value refers to; with `only_bare` those in braces that have no default."""
    return frozenset(
        found["plain"] or found["name"]
        for found in _REFERENCE.finditer(text)
        if not found["dollar"] and not (only_bare and (found["plain"] or found["mode"]))
    )


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    name = found["plain"] or found["name"]
    value = values.get(name)
    if value is None and found["plain"]:
        return found[0]
    if value is None or (not value and found["mode"] == ":-"):
        return found["default"] or ""
    return value


def _written(value: str, quote: str, *, had_dollar: bool, is_loose: bool = False) -> str:
    """Write a value with the quotes it had, if they can hold it; else with those that all readers agree on.

    A dollar that begins no `${…}` is meant as itself, unless dollars had a meaning here before: single quotes say so.
    `is_loose`: what stood here without quotes was nothing for a shell, so that the new value need not be either.
    """
    is_meant = "$" in re.sub(r"\$\{\w+[^}]*\}", "", value) and not had_dollar
    if (quote == "'" or is_meant) and not set("'\\\r\n") & set(value):
        return f"'{value}'"
    is_bare = not value or _PLAIN.fullmatch(value) or (is_loose and _LOOSE.fullmatch(value))
    if not quote and is_bare and not is_meant:
        return value
    doubled = value.replace("$", "$$") if is_meant else value
    return '"' + "".join(_ESCAPES.get(sign, sign) for sign in doubled) + '"'


def _numbered(lines: Iterable[EnvLine]) -> EnvText:
    """Make a file of lines that were moved."""
    number, placed = 1, []
    for line in lines:
        blank = len(line.text) - len(line.text.lstrip("\r\n"))
        placed.append(replace(line, number=number + len(_BREAK.findall(line.text[:blank]))))
        number += len(_BREAK.findall(line.text))
    return EnvText(tuple(placed))


def _bare(line: EnvLine) -> EnvLine:
    return replace(line, text=line.text.lstrip("\r\n"))


def _ended(lines: Iterable[EnvLine], line_break: str) -> tuple[EnvLine, ...]:
    """Have the last line end, so that another can follow."""
    *others, last = lines or [EnvLine(1, "")]
    if last.text and not last.text.endswith(("\n", "\r")):
        last = replace(last, text=last.text + line_break)
    return (*others, last) if last.text else tuple(others)
