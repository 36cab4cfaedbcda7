"""A `.env` is changed in one place and nowhere else: comments, order, quotes and line breaks stay."""

from __future__ import annotations

from io import StringIO

import pytest
from dotenv.parser import parse_stream
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.admin.envfiles import EnvText, references
from nexus_studio.core.errors import UserError
from nexus_studio.services.dotenv_file import parse_env

FILE = """\
# What the shop needs.

export A=1   # the first
B = "two words" # quoted
C='$literal'
#D=commented out

# The port on this machine.
POSTGRES_PORT=5434
E=
F= # nothing
G
URL="postgresql://u:${B}@localhost:${POSTGRES_PORT}/d"
"""
PIECES = st.sampled_from([*"AB=#'\"\\$ \n\r\t{}:x", "\r\n", "export ", "A=1\n", "B='x'\n", "# c\n", "\ufeff"])


@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_is_lost_and_values_are_what_dotenv_reads(text: str) -> None:
    found = parse_env(text)
    assert found.text == text
    read = [each for each in parse_stream(StringIO(text.lstrip("\ufeff"), newline="")) if each.key]
    assert [(line.name, line.value) for line in found.lines if line.name] == [(each.key, each.value) for each in read]
    for line in found.lines:
        if line.name and line.value is not None and not line.quote:
            start, end = line.span
            assert line.text[start:end] == line.value


VALUES = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("'\"\\$# \n\t={}"), max_size=12)


@given(VALUES, st.sampled_from(["A", "B", "C", "POSTGRES_PORT", "E", "F", "G", "NEW"]))
def test_a_value_survives_and_touches_no_other(value: str, name: str) -> None:
    before = parse_env(FILE)
    try:
        after = before.with_value(name, value)
    except UserError:
        return
    again = parse_env(after.text)
    assert [(line.number, line.text) for line in again.lines] == [(line.number, line.text) for line in after.lines]
    others = [line.text for line in before.lines if line.name != name]
    assert [line.text for line in again.lines if line.name != name] == others
    if "$" not in value:
        assert again.raw(name) == value
    if not references(value):  # nor had the line it stands in, so that a dollar is just a dollar
        assert again.values({})[name] == value


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("A", "2", "export A=2   # the first\n"),
        ("A", "two words", 'export A="two words"   # the first\n'),
        ("A", "pa$$word", "export A='pa$$word'   # the first\n"),  # a dollar typed is a dollar meant
        ("A", "${B}/x", 'export A="${B}/x"   # the first\n'),
        ("A", "it's $5", 'export A="it\'s $$5"   # the first\n'),
        ("B", 'say "hi"', 'B = "say \\"hi\\"" # quoted\n'),
        ("C", "plain", "C='plain'\n"),
        ("C", "it's", 'C="it\'s"\n'),
        ("C", "it's $B", 'C="it\'s $$B"\n'),
        ("C", "${B}", "C='${B}'\n"),
        ("E", "5", "E=5\n"),
        ("F", "5", "F=5 # nothing\n"),
        ("G", "5", "G=5\n"),
        ("E", "two\nlines", 'E="two\\nlines"\n'),
    ],
)
def test_a_line_keeps_its_form(name: str, value: str, line: str) -> None:
    before = parse_env(FILE)
    after = before.with_value(name, value)
    changed = [
        new.text.lstrip("\n") for old, new in zip(before.lines, after.lines, strict=True) if old.text != new.text
    ]
    assert changed == [line]


def test_a_new_variable_stands_where_it_can_be_referred_to() -> None:
    file = parse_env("A=1\n# the URL\nURL=postgresql://${HOST}/d")
    assert file.with_value("HOST", "h").text == "A=1\nHOST=h\n# the URL\nURL=postgresql://${HOST}/d"
    assert file.with_value("Z", "9").text == "A=1\n# the URL\nURL=postgresql://${HOST}/d\nZ=9\n"
    like = parse_env("# first\nA=0\n\n# What B is.\n# Two lines.\nB=0\n\nURL=x\n")
    added = file.with_value("B", "2", like)
    assert added.text == "A=1\n\n# What B is.\n# Two lines.\nB=2\n# the URL\nURL=postgresql://${HOST}/d"
    assert added.comment_of("B") == "What B is.\nTwo lines."
    assert [line.number for line in added.lines] == [1, 3, 4, 5, 6, 7]
    assert EnvText().with_value("A", "1").text == "A=1\n"
    assert parse_env("A=1\r\nB=2").with_value("C", "3").text == "A=1\r\nB=2\r\nC=3\r\n"


def test_the_last_line_of_a_name_counts_and_is_the_one_changed() -> None:
    file = parse_env("A=1\nB=x\nA=2\n")
    assert (file.raw("A"), file.names) == ("2", ("A", "B"))
    assert file.with_value("A", "3").text == "A=1\nB=x\nA=3\n"
    assert file.without("A").text == "B=x\n"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("", "x", "env.name_invalid"), ("1A", "x", "env.name_invalid"), ("A B", "x", "env.name_invalid"),
     ("A=", "x", "env.name_invalid"), ("A", "a\0b", "env.value_invalid"), ("A", "\x1b[1m", "env.value_invalid")],
)  # fmt: skip
def test_what_no_file_can_hold_is_refused(name: str, value: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        EnvText().with_value(name, value)
    assert caught.value.code == code
    assert "value" not in caught.value.facts


def test_no_value_is_in_a_repr() -> None:
    assert "hunter2" not in repr(parse_env("PASSWORD=hunter2\n"))
