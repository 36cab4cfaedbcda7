"""The rule of a CHECK constraint, read from PostgreSQL's own text as far as it is a plain one. Pure.

`CHECK (((price > (0)::numeric) AND (state = ANY (ARRAY['new'::text, 'paid'::text]))))` is two terms: price is above 0,
state is one of new, paid. What is not understood is not guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAME: Final = r'(?:"(?:[^"]|"")+"|VALUE|[a-z_][a-z0-9_$]*)'
_TYPE: Final = r'(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_ ]*)'
_CAST: Final = rf"(?:::{_TYPE}(?:\.{_TYPE})?(?:\([0-9, ]+\))?(?:\[\])?)"
_TEXT: Final = r"'(?:[^']|'')*'"
_NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?"
_LITERAL: Final = rf"(?:\(?'?{_NUMBER}'?\)?|{_TEXT}|true|false){_CAST}?"
_COLUMN: Final = rf"\(?{_NAME}\)?{_CAST}?"
_COMPARED: Final = re.compile(
    rf"(?P<length>(?:char_length|length|character_length)\()?(?P<left>{_COLUMN})(?(length)\)) "
    rf"(?P<operator>>=|<=|<>|>|<|=) (?:(?P<literal>{_LITERAL})|(?P<column>{_COLUMN}))"
)
_LISTED: Final = re.compile(
    rf"(?P<left>{_COLUMN}) = ANY \(\(?ARRAY\[(?P<values>(?:{_LITERAL}(?:, )?)+)\]\)?{_CAST}?\)", re.IGNORECASE
)
_PATTERN: Final = re.compile(rf"(?P<left>{_COLUMN}) (?P<operator>~\*?|~~\*?) (?P<literal>{_TEXT}){_CAST}?")
_NOT_NULL: Final = re.compile(rf"(?P<left>{_COLUMN}) IS NOT NULL")
_OPERATORS: Final = {">": "above", ">=": "least", "<": "below", "<=": "most", "=": "equal", "<>": "unequal"}


@dataclass(frozen=True, slots=True)
class RuleTerm:
    """One thing that must hold.

    `code` is "above", "least", "below", "most", "equal", "unequal", the same with "length_" before it, "one_of",
    "pattern" or "not_null". `subject` is a column's name, "VALUE" in the rule of a domain. `values` are literals as a
    person writes them, or one column's name.
    """

    code: str
    subject: str
    values: tuple[str, ...] = ()


def rule_terms(definition: str) -> tuple[RuleTerm, ...]:
    """Return the terms of a definition as pg_get_constraintdef writes it; () where any of it is not understood."""
    text = definition.strip()
    for ending in (" NOT VALID", " NO INHERIT", " NOT ENFORCED"):
        text = text.removesuffix(ending)
    if not text.upper().startswith("CHECK "):
        return ()
    terms = [_term(part) for part in _parts(_bare(text[6:]))]
    found = tuple(term for term in terms if term is not None)
    return found if len(found) == len(terms) else ()


def _parts(text: str) -> list[str]:
    """Split what is joined by AND at the outermost level, however it is nested in parentheses."""
    parts, depth, quoted, begin, at = [], 0, "", 0, 0
    while at < len(text):
        letter = text[at]
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif depth == 0 and text.startswith(" AND ", at):
            parts.append(text[begin:at])
            begin, at = at + 5, at + 4
        at += 1
    parts.append(text[begin:])
    if len(parts) == 1:
        return [_bare(parts[0])]
    return [inner for part in parts for inner in _parts(_bare(part))]


def _bare(text: str) -> str:
    """Take away parentheses that enclose all of it."""
    text = text.strip()
    while text.startswith("(") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> int:
    """Return where the parenthesis that a text begins with is closed."""
    depth, quoted = 0, ""
    for at, letter in enumerate(text):
        if quoted:
            quoted = "" if letter == quoted else quoted
        elif letter in "'\"":
            quoted = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth:
                return at
    return -1


def _term(text: str) -> RuleTerm | None:
    if found := _NOT_NULL.fullmatch(text):
        return RuleTerm("not_null", _name(found["left"]))
    if found := _LISTED.fullmatch(text):
        values = re.findall(_LITERAL, found["values"])
        return RuleTerm("one_of", _name(found["left"]), tuple(_value(value) for value in values))
    if found := _PATTERN.fullmatch(text):
        return RuleTerm("pattern", _name(found["left"]), (_value(found["literal"]),))
    if found := _COMPARED.fullmatch(text):
        code = ("length_" if found["length"] else "") + _OPERATORS[found["operator"]]
        value = _value(found["literal"]) if found["literal"] is not None else _name(found["column"])
        return RuleTerm(code, _name(found["left"]), (value,))
    return None


def _name(text: str) -> str:
    found = re.search(_NAME, text)
    name = found[0] if found is not None else text
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _value(text: str) -> str:
    found = re.match(rf"\(?({_TEXT}|'?{_NUMBER}'?|true|false)", text)
    value = found[1] if found is not None else text
    return value[1:-1].replace("''", "'") if value.startswith("'") else value
