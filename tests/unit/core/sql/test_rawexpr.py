"""One expression and nothing else: what could be more is refused, what only looks like it passes."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.errors import InvalidFilter
from nexus_studio.core.sql.rawexpr import REASONS, check_expression, enclosed


@pytest.mark.parametrize(
    "text",
    [
        "a = 1",
        "true -- and a comment ; ) '",
        "true -- '\n and b",
        "a /* ; ) ' \" $$ /* nested ) */ still */ = 1",
        "a = ';)' and b = '('",
        "a = 'it''s; ('",
        r"a = 'C:\' and b = ';'",
        r"a = E'\';(' and b = e'\\'",
        "a = E'x' -- more\n  '\\';' and true",
        "a = 'x'\n ';' and (true)",
        r"a = U&'\0061;' and b = N';' and c = B'1' and d = X'F'",
        "a = $$;)'$$ and b = $tag$ $$ ; $tag$",
        "a = $é$;$é$",
        '"we;ird)" = 1 and "a""b(" = 2 and U&"d\\0061;" = 3',
        "a$b$c = 1 and d$$ = 2",
        "a = 1e5 and b = .5 and c=1.and d=0x1F",
        "j ? 'k' and j ?| array['a'] and j @? '$.a' and j::jsonb @> '{}'",
        "a like '50%' and b % 2 = 0 and c = '%s' and d = ':name' and e::text = '%(x)s'",
        "a = ANY (ARRAY[1, 2]) and (b, c) = (1, (SELECT 2))",
        "“a” = ‘b’",
        "a\u00a0$$ = 1",  # PostgreSQL takes a no-break space for a letter
        "a / b * c - -1 = 0",
    ],
)
def test_one_expression_passes(text: str) -> None:
    check_expression(text)
    assert enclosed(text) == f"(\n{text}\n)"


REFUSED = [
    ("", "empty", 1),
    (" \n\t", "empty", 1),
    ("-- nothing", "empty", 1),
    ("/* nothing */ -- at all", "empty", 1),
    ("a = 'x\0'", "characters", 7),
    ("a = '\ud800'", "characters", 6),
    ("1=1; DROP TABLE x", "semicolon", 4),
    ("true;", "semicolon", 5),
    (";", "semicolon", 1),
    (r"a = '\'; DROP TABLE x --'", "semicolon", 8),
    ("a = 'x' ';' ; true", "semicolon", 13),
    ("a = E'x' '\\'; --' ", "semicolon", 13),  # on one line: two strings, the second a plain one
    ("a$$;", "semicolon", 4),  # within a word, dollars quote nothing
    ("$a b$ ; $a b$", "semicolon", 7),
    ("--\n;", "semicolon", 4),
    ("--\r;", "semicolon", 4),
    ("/* /* */ */ ;", "semicolon", 13),
    ("true) UNION SELECT usename, passwd FROM pg_shadow --", "unopened", 5),
    ("a) OR (b", "unopened", 2),
    (")(", "unopened", 1),
    ("(a = 1", "unclosed", 1),
    ("(a = (1)", "unclosed", 1),
    ("a = (')'", "unclosed", 5),
    ("(true --)", "unclosed", 1),
    ("a = '", "quote", 5),
    ("a = 'it''s", "quote", 5),
    (r"E'\'", "quote", 1),
    ("E'a'\n'\\'", "quote", 1),
    ("$$", "quote", 1),
    ("$$ $a$ $", "quote", 1),
    ("$a$ $$ $b$ $A$", "quote", 1),
    ('"', "quote", 1),
    ('"a""', "quote", 1),
    ("/* ", "comment", 1),
    ("true /* /* */", "comment", 6),
    ("/*/", "comment", 1),
    ("a = $1", "parameter", 5),
    ("a = 1+$2", "parameter", 7),
    ("a = 1$2", "number", 5),
    ("1e$x$ ; $x$", "number", 1),
    ("a = 1E'\\'' ", "number", 5),
    ("a = '__[POSTCOMPILE_a]'", "placeholder", 6),
    ("__[SCHEMA_x].t", "placeholder", 1),
]


@pytest.mark.parametrize(("text", "reason", "position"), REFUSED)
def test_anything_else_is_refused(text: str, reason: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as caught:
        check_expression(text)
    assert (caught.value.code, caught.value.facts) == ("filter.raw", {"reason": reason, "position": position})


def test_long_nonsense_is_told_at_once() -> None:
    for text in ("'a'" + " --" * 5000, "/*" * 5000, "'" + "''" * 5000, "$a" * 5000, "1a" * 5000, "(" * 5000):
        with pytest.raises(InvalidFilter) if text[:3] not in {"'a'", "$a$", "1a1"} else nullcontext():
            check_expression(text)


def test_every_reason_is_seen() -> None:
    assert {reason for _, reason, _ in REFUSED} == set(REASONS)


_PIECES = st.sampled_from([*"';\"$()-/*\\\n eE1a&%:?", "--", "/*", "*/", "$a$", "''", "U&'", "E'", "é"])


@given(st.lists(_PIECES, max_size=20).map("".join), st.lists(_PIECES, max_size=5).map("".join))
def test_what_passes_stays_within_its_parentheses(first: str, second: str) -> None:
    """Two texts that pass, one after the other in parentheses of their own, pass too: neither reaches the other."""
    for text in (first, second):
        try:
            check_expression(text)
        except InvalidFilter:
            return
    check_expression(f"{enclosed(first)} AND {enclosed(second)}")
