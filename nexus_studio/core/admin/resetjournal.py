"""The JSON of a reset's journal: written and read again. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from nexus_studio.core.admin.resets import Others, ResetJournal, ResetKind, ResetPhase, ResetScope

FORMAT: Final = 1


def journal_text(journal: ResetJournal) -> str:
    """Write a journal."""
    values: dict[str, Any] = {"format": FORMAT, **asdict(journal)}
    values["started_at"] = journal.started_at.isoformat()
    values["done"] = [each.value for each in journal.done]
    values["phase"] = journal.phase.value if journal.phase else None
    values["scope"]["kind"] = journal.scope.kind.value
    values["scope"]["others"] = journal.scope.others.value
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def read_journal(text: str) -> ResetJournal:
    """Read a journal.

    Raises:
        ValueError: it is none, is broken, or was written by a later version.
    """
    values = json.loads(text)
    if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
        raise ValueError("no journal")
    try:
        scope = values["scope"]
        phase = values["phase"]
        return ResetJournal(
            **{
                **values,
                "started_at": datetime.fromisoformat(values["started_at"]),
                "done": tuple(ResetPhase(each) for each in values["done"]),
                "phase": ResetPhase(phase) if phase else None,
                "scope": ResetScope(
                    **{
                        **scope,
                        "kind": ResetKind(scope["kind"]),
                        "others": Others(scope["others"]),
                        "schemas": tuple(scope["schemas"]),
                        "kept_schemas": tuple(scope["kept_schemas"]),
                    }
                ),
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError("broken journal") from error
