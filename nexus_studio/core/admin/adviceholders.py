"""The rules of who holds VACUUM back, and which replication slots keep the write-ahead log. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from nexus_studio.core.admin.advice import Action, Advice, Gravity, Risk
from nexus_studio.core.admin.advicefacts import Health, Holder, HolderKind
from nexus_studio.core.admin.readiness import Value
from nexus_studio.core.admin.sizes import RelationSize
from nexus_studio.core.names import RelationName

HELD_ROWS: Final = 1_000
HELD_SHARE: Final = 0.1
"""A table is held back when so many dead rows, and such a share of them, stayed after a VACUUM."""

LONG: Final = timedelta(hours=1)
LONG_ROWS: Final = 10_000
LONG_SHARE: Final = 0.2
"""What is open so long is in the way of the next VACUUM, when so many dead rows wait for it."""

OLD_AGE: Final = 1_000_000
"""Transactions that whoever can't be dated (a standby, a slot in use) may lag behind before it is to blame."""

KEPT_WAL_BYTES: Final = 1024**3

_NAMED: Final = 5
_CODES: Final = {
    HolderKind.TRANSACTION: "held_back.transaction",
    HolderKind.PREPARED: "held_back.prepared",
    HolderKind.SLOT: "held_back.slot",
    HolderKind.STANDBY: "held_back.standby",
}
_ACTIONS: Final = {
    HolderKind.TRANSACTION: (Risk.ENDS, Action.TERMINATE),
    HolderKind.PREPARED: (Risk.ENDS, Action.RUN),
    HolderKind.SLOT: (Risk.ENDS, Action.RUN),
    HolderKind.STANDBY: (Risk.READS, Action.COPY),  # what helps is to be done there
}


def holders_advice(health: Health) -> Iterator[Advice]:
    """Name each holder of dead rows that can't be removed, with the tables concerned. Not on a standby."""
    if health.upkeep.is_standby:
        return
    for holder in health.holders:
        names = proven(health, holder)
        is_proven = bool(names)
        if not names:
            names = _to_come(health, holder)
        if names:
            yield _held_back(health, holder, names, is_proven=is_proven)


def proven(health: Health, holder: Holder) -> tuple[RelationName, ...]:
    """Return the tables whose last VACUUM left dead rows while the holder was there already, most first.

    Of a slot or a standby nobody knows since when it holds, nor of a session that the role may not see. It is to blame
    when it is far behind, or when nobody uses it, and no transaction can be.
    """
    if holder.since is not None:
        return _named(each for each in _dead(health) if holder.held_by(each.last_vacuum))
    if holder.is_active and holder.age < OLD_AGE:
        return ()
    left = [each for each in _dead(health) if each.last_vacuum is not None]
    others = [other for other in health.holders if other.since is not None and other.age >= holder.age]
    return _named(each for each in left if not any(other.held_by(each.last_vacuum) for other in others))


def _to_come(health: Health, holder: Holder) -> tuple[RelationName, ...]:
    """Return the tables of which a VACUUM could remove nothing, because something is open for very long."""
    if holder.since is None or not health.is_older(holder.since, LONG):
        return ()
    return _named(
        each for each in _dead(health) if (each.dead_rows or 0) >= LONG_ROWS and (each.dead_share or 0) >= LONG_SHARE
    )


def _held_back(health: Health, holder: Holder, names: tuple[RelationName, ...], *, is_proven: bool) -> Advice:
    risk, action = _ACTIONS[holder.kind]
    sizes = [health.sizes[name] for name in names]
    vacuums = [each.last_vacuum for each in sizes if each.last_vacuum]
    evidence: dict[str, Value] = {
        "pid": int(holder.name) if holder.kind is HolderKind.TRANSACTION else None,
        "name": holder.name if holder.kind is not HolderKind.TRANSACTION else None,
        "application": holder.application or None,
        "user": holder.user or None,
        "state": holder.state or None,
        "since": holder.since,
        "connected_at": holder.started_at,
        "in_use": holder.is_active if holder.kind is HolderKind.SLOT else None,
        "age_transactions": holder.age,
        "dead_rows": sum(each.dead_rows or 0 for each in sizes),
        "tables": tuple(str(name) for name in names[:_NAMED]),
        "vacuum_left_them_at": max(vacuums) if vacuums and is_proven else None,
    }
    known = {name: value for name, value in evidence.items() if value is not None}
    gravity = Gravity.URGENT if is_proven else Gravity.WORTH
    return Advice(_CODES[holder.kind], gravity, risk, action, name=holder.name, evidence=known)


def slots_advice(health: Health) -> Iterator[Advice]:
    """Name the slots that nobody uses and that keep much of the write-ahead log: the disk fills up."""
    for slot in health.slots:
        if slot.is_active or slot.kept_bytes < KEPT_WAL_BYTES:
            continue
        evidence: dict[str, Value] = {
            "name": slot.name,
            "kind": slot.kind,
            "database": slot.database or None,
            "kept_bytes": slot.kept_bytes,
        }
        yield Advice("slot.keeps_wal", Gravity.URGENT, Risk.ENDS, Action.RUN, name=slot.name, evidence=evidence)


def _dead(health: Health) -> Iterator[RelationSize]:
    for each in health.sizes.values():
        if each.name not in health.tables or not health.tables[each.name].is_stored:
            continue
        if (each.dead_rows or 0) >= HELD_ROWS and (each.dead_share or 0) >= HELD_SHARE:
            yield each


def _named(sizes: Iterator[RelationSize]) -> tuple[RelationName, ...]:
    return tuple(each.name for each in sorted(sizes, key=lambda size: (-(size.dead_rows or 0), size.name)))
