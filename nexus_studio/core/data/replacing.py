"""Find and replace in texts: what is wanted, and the part of it that needs no server. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from nexus_studio.core.tasks import TaskContext

_TURN = 500  # texts between two looks at the token


@dataclass(frozen=True, slots=True)
class Replacement:
    r"""What to look for and what to put there. `whole`: the text as a whole must match.

    `is_pattern`: `find` is a regular expression as PostgreSQL reads it, `by` may name its groups (`\1`) and all of
    what was found (`\&`).
    """

    find: str
    by: str
    minds_case: bool = True
    whole: bool = False
    is_pattern: bool = False

    @property
    def pattern(self) -> str:
        """The regular expression for the server."""
        return f"^(?:{self.find})$" if self.whole else self.find

    @property
    def flags(self) -> str:
        """The flags of the server's regexp_replace."""
        return "g" if self.minds_case else "gi"


def replaced_plainly(texts: Sequence[str], wanted: Replacement, ctx: TaskContext) -> list[str]:
    """Replace a plain text in texts; they come back in the same order. Cost: the texts."""
    if not wanted.find and not wanted.whole:
        return list(texts)
    sought = wanted.find if wanted.minds_case else wanted.find.casefold()
    anywhere = re.compile(re.escape(wanted.find), re.IGNORECASE)
    found: list[str] = []
    for number, text in enumerate(texts):
        if number % _TURN == 0:
            ctx.token.raise_if_cancelled()
        if wanted.whole:
            found.append(wanted.by if (text if wanted.minds_case else text.casefold()) == sought else text)
        elif wanted.minds_case:
            found.append(text.replace(wanted.find, wanted.by))
        else:
            found.append(anywhere.sub(lambda _match: wanted.by, text))
    return found
