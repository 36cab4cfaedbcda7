"""Guessing how a file of cells is written, from its beginning: encoding, delimiter, quote, header. Pure."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from nexus_studio.core.data.cells import Cell
from nexus_studio.core.data.transfer import COMMA, UTF8, TextStyle
from nexus_studio.core.data.transfercells import Record, Splitter

DELIMITERS: Final = (COMMA, ";", "\t", "|")
QUOTES: Final = ('"', "'")
FALLBACK: Final = "windows-1252"

_BOMS: Final = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MOST_RECORDS: Final = 200
_NUMBER: Final = re.compile(r"\s*[-+]?[\d.,\s]*\d[\d.,\s]*%?\s*\Z")
_MARKS: Final = re.compile(r"[\W_]+")


def encoding_of(octets: bytes) -> tuple[str, int]:
    """Return the encoding of a file that begins so, and the length of the mark in front.

    What is no UTF-8 is taken for Windows' Western one, which Excel writes.
    """
    for mark, name in _BOMS:
        if octets.startswith(mark):
            return name, len(mark)
    try:
        # Bytes of a sign that is cut at the end are no error.
        codecs.getincrementaldecoder(UTF8)().decode(octets)
    except UnicodeDecodeError:
        return FALLBACK, 0
    return UTF8, 0


def style_of(sample: str, names: Collection[str] = (), *, delimiters: Sequence[str] = DELIMITERS) -> TextStyle:
    """Guess delimiter, quote and whether the first line names the cells.

    Args:
        sample: The beginning of the file, whole lines.
        names: Columns of the table it goes to, as far as that is known.
        delimiters: Those that may be; the first where nothing speaks for any.
    """
    lines = list(io.StringIO(sample, newline=""))
    quote = _quote_of(sample, delimiters)
    delimiter = max(delimiters, key=lambda sign: _fitness(lines, sign, quote))  # the first of equals
    style = TextStyle(delimiter, quote)
    rows = [record.cells for record in _records(lines, style) if not record.problem]
    return replace(style, has_header=is_header(rows, names))


def is_header(rows: Sequence[Sequence[Cell]], names: Collection[str] = ()) -> bool:
    """Tell whether the first row names the cells of the others.

    It does where half of it are known names; it doesn't where any of it is empty, a number or there twice.
    """
    if not rows:
        return False
    first = [cell or "" for cell in rows[0]]
    known = {folded(name) for name in names}
    met = sum(folded(cell) in known for cell in first)
    if met and met * 2 >= min(len(first), len(known)):
        return True
    if not all(cell.strip() for cell in first) or any(_NUMBER.match(cell) for cell in first):
        return False
    return len({*first}) == len(first)


def folded(name: str) -> str:
    """Return a name as names are compared: without case, accents, blanks and marks."""
    plain = unicodedata.normalize("NFKD", name)
    return _MARKS.sub("", "".join(sign for sign in plain if not unicodedata.combining(sign))).casefold()


def _quote_of(sample: str, delimiters: Sequence[str]) -> str:
    """Return what cells stand between: apostrophes only where cells do, and none between double quotes."""
    signs = "".join(map(re.escape, delimiters))
    for quote in QUOTES:
        if re.search(rf"(?:\A|[\r\n{signs}]){quote}[^{quote}]*{quote}(?:[\r\n{signs}]|\Z)", sample):
            return quote
    return QUOTES[0]


def _records(lines: Sequence[str], style: TextStyle) -> list[Record]:
    return list(islice(Splitter(style).records(lines), _MOST_RECORDS))


def _fitness(lines: Sequence[str], delimiter: str, quote: str) -> tuple[float, int]:
    """Say how well a delimiter and a quote explain lines: the share of records of the usual width, and that width."""
    records = _records(lines, TextStyle(delimiter, quote))
    widths = Counter(len(each.cells) for each in records if not each.problem)
    if not widths:
        return 0.0, 0
    width, number = max(widths.items(), key=lambda found: (found[1], found[0]))
    return (number / len(records) if width > 1 else 0.0), width
