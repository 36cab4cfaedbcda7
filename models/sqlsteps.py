"""A step of a migration in plain SQL that knows its way back: what Alembic's comparison has no operation for.

In a revision's file it is `op.execute` with text, so that the file needs nothing of the models. Needs Alembic, which
`import models` does not.
"""

from __future__ import annotations

import re
from typing import Any

from alembic.autogenerate.render import renderers
from alembic.operations import Operations, ops
from sqlalchemy import text

# What SQLAlchemy's text() takes for a parameter, and what it takes for a colon that is none.
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")
_ESCAPED = re.compile(r"\\(?=:[\w$]*(?![:\w$]))")


class SqlStep(ops.MigrateOperation):
    """Some statements and those that take them back.

    `difference` is what the step brings about, as (kind, name, detail, whether values are lost); empty for what
    another step needs. `phase` says where it stands: "before" or "after" what Alembic does by itself. A step without
    statements is a remark: something differs and no statement is known that would change it.
    """

    def __init__(
        self,
        up: tuple[str, ...],
        down: tuple[str, ...],
        difference: tuple[str, str, str, bool] | tuple[()] = (),
        phase: str = "after",
    ) -> None:
        self.up = up
        self.down = down
        self.difference = difference
        self.phase = phase

    def reverse(self) -> SqlStep:
        """Return the way back."""
        return SqlStep(self.down, self.up, self.difference, "after" if self.phase == "before" else "before")

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return Alembic's form of a difference."""
        return self.difference[:3] or ("needed", self.up)


@renderers.dispatch_for(SqlStep)
def _render(autogen: Any, step: SqlStep) -> list[str]:
    prefix = autogen.opts.get("alembic_module_prefix") or "op."
    if not step.up and not step.down and step.difference:
        return [f"# To be changed by hand: {one_line(step.difference[1])}: {one_line(step.difference[2])}", "pass"]
    return [f"{prefix}execute({literal(as_text(each))})" for each in step.up] or ["pass"]


@Operations.implementation_for(SqlStep)
def _invoke(operations: Any, step: SqlStep) -> None:
    for each in step.up:
        operations.execute(text(as_text(each)))


def as_text(sql: str) -> str:
    """Write SQL so that SQLAlchemy's text(), through which `op.execute` goes, leaves its colons alone."""
    return _PARAMETER.sub(r"\\:", _ESCAPED.sub(r"\\\\", sql))


def literal(sql: str) -> str:
    """Write a text as Python source: in lines where it has lines, and nothing in it would be read otherwise."""
    is_plain = all(letter == "\n" or letter.isprintable() for letter in sql)
    if "\n" not in sql or '"""' in sql or "\\" in sql or not is_plain:
        return repr(sql)
    return f'"""\n{sql}\n"""'


def one_line(words: str) -> str:
    """Return words without line breaks, for a comment."""
    return " ".join(words.split())
