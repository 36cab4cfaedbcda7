"""PostgreSQL's names of encodings lead to codecs that Python has."""

from __future__ import annotations

import codecs

import pytest

from nexus_studio.core.admin.encodings import CODECS, codec_of


@pytest.mark.parametrize("name", sorted(CODECS))
def test_python_knows_each(name: str) -> None:
    assert codecs.lookup(codec_of(name)).decode(b"a")[0] == "a"


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("LATIN1", b"caf\xe9", "café"),
        ("latin9", b"\xa4", "€"),
        ("LATIN5", b"\xf0", "ğ"),
        ("WIN1252", b"\x80", "€"),
        ("EUC_JP", b"\xb4\xc1", "漢"),
        ("SJIS", b"\x8a\xbf", "漢"),
        ("UTF8", "漢".encode(), "漢"),
        ("SQL_ASCII", "é".encode(), "é"),
        ("", b"a", "a"),
    ],
)
def test_bytes_are_the_text_that_the_server_means(name: str, given: bytes, text: str) -> None:
    assert given.decode(codec_of(name)) == text
