"""The order of Prisma's folders: JavaScript's localeCompare, not the order of bytes."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from nexus_studio.core.admin.prismanames import moment_of, sort_key, title_of

IN_ORDER = [
    "_a",
    "-c",
    ".hidden",
    "@x",
    "10_ten",
    "20240101000000_a",
    "20240101000000_A",
    "20240101000000_a_b",
    "20240101000000_a2",
    "20240101000000_aa",
    "20240101000000_b",
    "9_nine",
    "accents",
    "äccents",
    "accents_more",
    "accentsx",
    "zoo",
]


def test_the_order_is_that_of_locale_compare() -> None:
    names = list(IN_ORDER)
    random.Random(1).shuffle(names)
    assert sorted(names, key=sort_key) == IN_ORDER


def test_western_letters_stand_as_node_sorts_them() -> None:
    # by `localeCompare` of Node 20 in en-US
    said = ["accents", "äccents", "âê", "æ", "Æon", "bee", "e", "E", "é", "É", "è", "È", "ê", "ë", "élan", "elan2"]
    said += ["ø", "øre", "ßeta_", "st", "zoe"]
    names = list(said)
    random.Random(2).shuffle(names)
    assert sorted(names, key=sort_key) == said


def test_all_signs_of_ascii_have_their_place() -> None:
    signs = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789"
    letters = "".join(f"{letter}{letter.upper()}" for letter in "abcdefghijklmnopqrstuvwxyz")
    every = list(signs + letters)
    assert sorted(set(every), key=sort_key) == every
    assert {chr(code) for code in range(32, 127)} == set(every)


@pytest.mark.parametrize(
    ("name", "moment", "title"),
    [
        ("20240102030405_add_users", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "add users"),
        ("20240102030405", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "20240102030405"),
        ("20249902030405_x", None, "20249902030405_x"),
        ("init", None, "init"),
    ],
)
def test_moment_and_title(name: str, moment: datetime | None, title: str) -> None:
    assert (moment_of(name), title_of(name)) == (moment, title)
