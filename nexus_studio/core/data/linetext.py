"""Texts as a field of several lines holds them, and back, character by character. Pure.

Qt's text document ends lines with its own sign and takes CR, CR LF, U+2028 and U+2029 for ends of lines; what is read
from it has plain LF, and spaces for no-break spaces. So ends of lines are remembered, and odd characters stand as
others that no text holds while they are edited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BLOCK_END: Final = "\u2029"
"""What ends a block in the raw text of Qt's document."""

_ODD: Final = ("\r", "\u2028", "\u2029", "\ufdd0", "\ufdd1")
_STAND_INS: Final = tuple(chr(code) for code in range(0xF8C0, 0xF8FF))
"""Private characters: what a person neither sees nor types."""


@dataclass(frozen=True, slots=True)
class LineText:
    """A text made fit for a field. `shown` is what the field gets; `ending` joins its lines again."""

    shown: str
    ending: str = "\n"
    stand_ins: tuple[tuple[str, str], ...] = ()

    def restored(self, raw: str) -> str:
        """Return the text that stands in the field, from its raw text (blocks end with `BLOCK_END`)."""
        text = raw.replace(BLOCK_END, self.ending)
        for odd, stand_in in self.stand_ins:
            text = text.replace(stand_in, odd)
        return text


def fit_for_lines(text: str) -> LineText:
    """Make a text fit for a field of several lines. Ends of lines that are all CR LF are shown as such; others stay."""
    ending = "\n"
    shown = text
    if "\r\n" in text and text.count("\r\n") == text.count("\n") == text.count("\r"):
        ending, shown = "\r\n", text.replace("\r\n", "\n")
    free = iter([each for each in _STAND_INS if each not in text])
    pairs = tuple((odd, next(free)) for odd in _ODD if odd in shown)
    for odd, stand_in in pairs:
        shown = shown.replace(odd, stand_in)
    return LineText(shown, ending, pairs)
