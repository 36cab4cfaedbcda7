"""From what a rehearsal saw to what it means for a live database. Pure: the same sights, the same findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nexus_studio.core.admin.safety import Danger, LockTaken, SafetyFinding
from nexus_studio.core.names import RelationName

BIG_ROWS = 100_000
"""From so many rows on, reading or writing a whole table under a lock is noticed by whoever waits."""

BIG_BYTES = 256 * 1024**2
SOME_ROWS = 5_000

LOCK_MODES = (
    "AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock",
    "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock",
)  # fmt: skip
"""Weakest first, as pg_locks words them (manual, table 13.2)."""

_BLOCKS_READS = "AccessExclusiveLock"
_SHUTS_OUT = frozenset({"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", _BLOCKS_READS})
_ORDER = list(Danger)

# The order in which a type may become a later one of its row without losing anything.
_WIDER = (("smallint", "integer", "bigint", "numeric"), ("real", "double precision"), ("character varying", "text"))


@dataclass(frozen=True, slots=True)
class ColumnSight:
    """A column: its name, its type as `format_type` words it, and whether it is NOT NULL."""

    name: str
    type: str
    is_not_null: bool


@dataclass(frozen=True, slots=True)
class TableSight:
    """A relation at one moment. `kind` as pg_class.relkind, "" for one that is not there (any more).

    `file` is its relfilenode, `scans` how often this transaction has read the whole of it, `columns` by attnum,
    `constraints` those that are valid, by oid, `indexes` their oids.
    """

    kind: str = ""
    file: int = 0
    scans: int = 0
    columns: Mapping[int, ColumnSight] = field(default_factory=dict)
    constraints: Mapping[int, str] = field(default_factory=dict)
    indexes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RelationSeen:
    """What one statement did with one relation that was there before the plan; `name` as it was then.

    `root` is the partitioned table that it is a partition of, else itself. `modes` are the locks that the statement
    added, `held` all that its transaction then has.
    """

    name: RelationName
    root: RelationName
    before: TableSight
    after: TableSight
    modes: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    @property
    def is_scanned(self) -> bool:
        """Whether the whole of it was read. The counter begins anew when the server writes it down."""
        return self.after.scans > self.before.scans or 0 < self.after.scans < self.before.scans

    @property
    def is_table(self) -> bool:
        """Whether it has rows of its own or of its partitions."""
        return (self.after.kind or self.before.kind) in {"r", "p", "m"}

    def is_rewritten(self, verb: str) -> bool:
        """Tell whether all rows were written anew. TRUNCATE and REFRESH give a table a new file as well."""
        changed = self.before.kind == self.after.kind == "r" and self.before.file != self.after.file
        return changed and verb != "TRUNCATE" and (self.is_scanned or verb in {"ALTER", "VACUUM", "CLUSTER", ""})

    def is_emptied(self, verb: str) -> bool:
        """Tell whether its rows were thrown away with their file."""
        changed = self.before.kind == self.after.kind == "r" and self.before.file != self.after.file
        return changed and not self.is_rewritten(verb)


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """One statement of a rehearsal. `transaction` is a number that statements of one transaction share.

    `verb` is its first word, `all_of` the table all of whose rows it changes or deletes (`statementwords`),
    `lock_timeout` the setting while it ran, as the server words it ("0" is none).
    """

    number: int
    verb: str
    in_transaction: bool
    transaction: int
    ms: float
    lock_timeout: str = ""
    all_of: RelationName | None = None
    relations: tuple[RelationSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table of the real database: rows (an estimate, None where nobody knows), bytes, and how full columns are.

    `filled` is the share of rows (0 to 1) with a value in a column, where statistics know it.
    """

    rows: int | None = None
    bytes: int = 0
    filled: Mapping[str, float] = field(default_factory=dict)

    def rows_of(self, column: str) -> int | None:
        """Return the rows with a value in a column; all rows where nobody knows better."""
        return None if self.rows is None else round(self.rows * self.filled.get(column, 1.0))


Live = Mapping[RelationName, LiveTable]
"""The tables of the real database that a plan concerns, partitioned ones with the sum of their partitions."""

_UNKNOWN = LiveTable()


def locks_of(revision: str, statements: Iterable[StatementSeen]) -> tuple[tuple[str, LockTaken], ...]:
    """Return the strongest lock on each relation of a revision, by name; a plain reader's is not worth a word.

    It counts as held from its statement to the end of the transaction, by the time that the statements took.
    """
    seen = list(statements)
    strongest: dict[RelationName, LockTaken] = {}
    for each in seen:
        held = sum(other.ms for other in seen if other.transaction == each.transaction and other.number >= each.number)
        for relation in each.relations:
            for mode in relation.modes - {"AccessShareLock"}:
                known = strongest.get(relation.name)
                if known is None or LOCK_MODES.index(mode) > LOCK_MODES.index(known.mode):
                    strongest[relation.name] = LockTaken(relation.name, mode, each.number, held)
    return tuple((revision, strongest[name]) for name in sorted(strongest))


def findings_of(revision: str, statements: Iterable[StatementSeen], live: Live) -> tuple[SafetyFinding, ...]:
    """Return what is to be known of a revision, in the order of its statements."""
    return tuple(_Judge(revision, tuple(statements), live).findings())


@dataclass(frozen=True, slots=True)
class _Judge:
    revision: str
    statements: tuple[StatementSeen, ...]
    live: Live

    def findings(self) -> Iterator[SafetyFinding]:
        """Go through the statements; what one finding says of a relation, no weaker one says again."""
        blocked: set[tuple[int, RelationName]] = set()
        for each in self.statements:
            if not each.in_transaction:
                yield SafetyFinding("not_in_transaction", Danger.NOTE, self.revision, each.number)
            found = _heaviest([*self._losses(each), *self._work(each)])
            yield from found
            yield from self._blocks(each, blocked, {(one.code, one.relation) for one in found})
        if any(self._waits_forever(each) for each in self.statements):
            yield SafetyFinding("no_lock_timeout", Danger.NOTE, self.revision)

    def _losses(self, each: StatementSeen) -> Iterator[SafetyFinding]:
        """Yield what takes rows or values away."""
        for relation in each.relations:
            if not relation.is_table or not relation.before.kind:
                continue
            subject = _subject(each, relation)
            rows = self._live(subject).rows
            if not relation.after.kind:
                yield self._found("drop_table", _loss(rows), each, subject, rows)
                continue
            if relation.is_emptied(each.verb):
                yield self._found("truncate", _loss(rows), each, subject, rows)
            yield from self._columns_lost(each, relation, subject)
        if each.all_of is not None:
            live = self.live.get(each.all_of, _UNKNOWN)
            danger = _loss(live.rows) if each.verb == "DELETE" else _weight(live)
            yield self._found("delete_all", danger, each, each.all_of, live.rows)

    def _columns_lost(
        self, each: StatementSeen, relation: RelationSeen, subject: RelationName
    ) -> Iterator[SafetyFinding]:
        for number, column in relation.before.columns.items():
            later = relation.after.columns.get(number)
            filled = self._live(subject).rows_of(column.name)
            if later is None:
                yield self._found("drop_column", _loss(filled), each, subject, filled, column.name)
            elif later.type != column.type and not _is_wider(column.type, later.type):
                danger = Danger.NOTE if filled == 0 else Danger.CAUTION
                words = f"{column.name}: {column.type} → {later.type}"
                yield self._found("type_change", danger, each, subject, filled, words)

    def _work(self, each: StatementSeen) -> Iterator[SafetyFinding]:
        """Yield what reads or writes the whole of a table, and why."""
        for relation in each.relations:
            if not relation.is_table or not relation.before.kind or not relation.after.kind:
                continue
            subject = _subject(each, relation)
            live = self._live(subject)
            danger = _weight(live)
            if relation.is_rewritten(each.verb):
                yield self._found("rewrite", danger, each, subject, live.rows)
            elif relation.is_scanned and danger is not Danger.NOTE and relation.held & _SHUTS_OUT:
                for code, words in _reasons_to_scan(relation):
                    yield self._found(code, danger, each, subject, live.rows, words)

    def _blocks(
        self,
        each: StatementSeen,
        blocked: set[tuple[int, RelationName]],
        told: set[tuple[str, RelationName | None]],
    ) -> Iterator[SafetyFinding]:
        """Yield whom a statement's new locks shut out until the transaction's end, by the work done until then."""
        found: dict[RelationName, str] = {}
        for relation in each.relations:
            subject = _subject(each, relation)
            code = "blocks_reads" if _BLOCKS_READS in relation.modes else "blocks_writes"
            if self._is_dropped(subject, each.transaction):
                continue
            if code == "blocks_writes" and ("not_concurrent", subject) in told:
                continue
            if relation.modes & _SHUTS_OUT and relation.is_table:
                found[subject] = min(code, found.get(subject, code))  # reads before writes
        for subject in sorted(found):
            rows = self._live(subject).rows
            if (each.transaction, subject) not in blocked and rows != 0:
                yield self._found(found[subject], self._hold(each), each, subject, rows)
            if found[subject] == "blocks_reads":
                blocked.add((each.transaction, subject))

    def _is_dropped(self, name: RelationName, transaction: int) -> bool:
        """Tell whether a transaction drops a relation: then that is what there is to say of it."""
        return any(
            relation.name == name and relation.before.kind and not relation.after.kind
            for each in self.statements
            if each.transaction == transaction
            for relation in each.relations
        )

    def _hold(self, since: StatementSeen) -> Danger:
        """Weigh the work that is done from a statement to the end of its transaction."""
        weights = [
            _weight(self._live(_subject(each, relation)))
            for each in self.statements
            if each.transaction == since.transaction and each.number >= since.number
            for relation in each.relations
            if relation.is_table and (relation.is_scanned or relation.is_rewritten(each.verb))
        ]
        return max(weights, key=_ORDER.index, default=Danger.NOTE)

    def _waits_forever(self, each: StatementSeen) -> bool:
        """Tell whether a statement takes a lock that others wait behind, and would itself wait for it without end."""
        return each.lock_timeout == "0" and any(
            relation.modes & _SHUTS_OUT and relation.is_table and self._live(relation.name).rows != 0
            for relation in each.relations
        )

    def _live(self, name: RelationName) -> LiveTable:
        return self.live.get(name, _UNKNOWN)

    def _found(
        self, code: str, danger: Danger, each: StatementSeen, name: RelationName, rows: int | None, words: str = ""
    ) -> SafetyFinding:
        return SafetyFinding(code, danger, self.revision, each.number, name, rows, words)


def _subject(each: StatementSeen, relation: RelationSeen) -> RelationName:
    """Return whom a finding is about: the partitioned table where all of it fares as its partition does."""
    for other in each.relations:
        if other.name == relation.root and bool(other.after.kind) == bool(relation.after.kind):
            return relation.root if other.held & _SHUTS_OUT else relation.name
    return relation.name


def _reasons_to_scan(relation: RelationSeen) -> Iterator[tuple[str, str]]:
    """Yield why a table was read: for a new index, a new constraint, a column that is NOT NULL now."""
    if relation.after.indexes - relation.before.indexes:
        yield "not_concurrent", ""
    for oid in sorted(set(relation.after.constraints) - set(relation.before.constraints)):
        yield "constraint_checked", relation.after.constraints[oid]
    for number, column in relation.after.columns.items():
        earlier = relation.before.columns.get(number)
        if earlier is not None and column.is_not_null and not earlier.is_not_null:
            yield "not_null_checked", column.name


def _heaviest(findings: Iterable[SafetyFinding]) -> list[SafetyFinding]:
    """Say once what was found of several partitions."""
    kept: dict[tuple[str, RelationName | None, str], SafetyFinding] = {}
    for each in findings:
        key = (each.code, each.relation, each.words)
        if key not in kept or _ORDER.index(each.danger) > _ORDER.index(kept[key].danger):
            kept[key] = each
    return list(kept.values())


def _weight(live: LiveTable) -> Danger:
    """Weigh work on the whole of a table."""
    if live.rows is None:
        return Danger.CAUTION
    if live.rows >= BIG_ROWS or live.bytes >= BIG_BYTES:
        return Danger.DANGER
    return Danger.CAUTION if live.rows >= SOME_ROWS else Danger.NOTE


def _loss(rows: int | None) -> Danger:
    return Danger.NOTE if rows == 0 else Danger.DANGER


def _is_wider(before: str, after: str) -> bool:
    """Tell whether a type holds whatever another holds: the same without or with a larger length, or a wider number."""
    old, old_sizes = _parts(before)
    new, new_sizes = _parts(after)
    if old == new:
        # numeric(10,2) → numeric(12,2); a larger scale takes digits from before the point
        grows = len(old_sizes) == len(new_sizes) and bool(new_sizes) and new_sizes[0] >= old_sizes[0]
        return not new_sizes or (grows and old_sizes[1:] == new_sizes[1:])
    if new_sizes:
        return False
    return any(old in row and new in row and row.index(old) < row.index(new) for row in _WIDER)


def _parts(type_name: str) -> tuple[str, tuple[int, ...]]:
    """Take a type's name and its numbers apart: "numeric(10,2)"; a name with other things in its parentheses stays."""
    name, parenthesis, rest = type_name.partition("(")
    sizes, _, after = rest.partition(")")
    numbers = sizes.split(",")
    if not parenthesis or not all(number.lstrip("-").isdigit() for number in numbers):
        return type_name, ()
    return name + after, tuple(int(number) for number in numbers)
