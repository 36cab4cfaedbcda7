"""A generated column as PostgreSQL words it, and what makes it another one: SQL has no ALTER for the rule of one."""

from __future__ import annotations

import re

from models.viewsteps import comment_sql, quoted

_WORDS = re.compile(
    r"^(?P<type>.*?)(?P<required> NOT NULL)?(?: GENERATED (?P<kind>[sv]) (?P<rule>.*)| DEFAULT (?P<default>.*))?$",
    re.DOTALL,
)


class GeneratedColumn:
    """One state of a column ("table.name") that is generated before or after a change."""

    def __init__(self, name: str, definition: str, comment: str | None) -> None:
        self.table, self.name = name.split(".", 1)
        self.definition = definition
        self.comment = comment
        words = _WORDS.match(definition)
        self._words = words.groupdict() if words else {"type": definition}

    @property
    def is_generated(self) -> bool:
        """Whether the database computes it."""
        return bool(self._words.get("kind"))

    def becomes(self, other: GeneratedColumn) -> tuple[str, ...]:
        """Return the statements that make this column the other one; its values are computed anew."""
        head = f"ALTER TABLE {quoted(self.table)}"
        column = quoted(self.name)
        if self.is_generated and not other.is_generated and self._words["type"] == other._words["type"]:
            return (f"{head} ALTER COLUMN {column} DROP EXPRESSION", *other._settled(head))
        made = f"{head} ADD COLUMN {column} {other._declaration()}"
        comment = comment_sql("column", f"{other.table}.{other.name}", other.comment) if other.comment else None
        return (f"{head} DROP COLUMN {column}", made, *([comment] if comment else []))

    def _settled(self, head: str) -> tuple[str, ...]:
        default, column = self._words.get("default"), quoted(self.name)
        verb = "SET" if self._words.get("required") else "DROP"
        return (
            *([f"{head} ALTER COLUMN {column} SET DEFAULT {default}"] if default else []),
            f"{head} ALTER COLUMN {column} {verb} NOT NULL",
        )

    def _declaration(self) -> str:
        words = self._words
        parts = [words["type"] or ""]
        if words.get("kind"):
            stored = "STORED" if words["kind"] == "s" else "VIRTUAL"
            parts.append(f"GENERATED ALWAYS AS ({words['rule']}) {stored}")
        elif words.get("default"):
            parts.append(f"DEFAULT {words['default']}")
        if words.get("required"):
            parts.append("NOT NULL")
        return " ".join(parts)
