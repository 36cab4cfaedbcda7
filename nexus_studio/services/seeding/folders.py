"""Runs a seed that is a folder of .csv files, one a table: parents first, through COPY."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from nexus_studio.core.admin.seeds import SeedSpec, parents_first
from nexus_studio.core.errors import SeedRefused
from nexus_studio.core.names import RelationName
from nexus_studio.core.profiles import ConnectionProfile
from nexus_studio.core.schema.catalog import Generated, Relation, RelationKind
from nexus_studio.core.tasks import Progress, TaskContext
from nexus_studio.services.reflection import CatalogReader
from nexus_studio.services.seeding.blaming import SeedLog, blamed, driver_of
from nexus_studio.services.session import Session

_CHUNK: Final = 256 * 1024  # bytes
_STAGE: Final = "nexus_seed_rows"
_TABLES: Final = frozenset({RelationKind.TABLE, RelationKind.PARTITIONED})
_COPY: Final = "COPY {} ({}) FROM STDIN WITH (FORMAT csv, HEADER true, ENCODING 'UTF8')"


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file and the table that its rows are for. `columns` are those of its header, in its order."""

    path: Path
    relation: Relation
    columns: tuple[str, ...]
    size_bytes: int

    @property
    def names(self) -> sql.Composable:
        """The columns, quoted."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


def read_folder(session: Session, seed: SeedSpec, ctx: TaskContext) -> tuple[TableFile, ...]:
    """Match the files of a folder with tables and columns, parents first. Reads the headers only.

    A file is named after its table: `users.csv`, or `billing.invoices.csv` with the schema.

    Raises:
        SeedRefused: "seed.unreadable" (file), "seed.csv_table" (file), "seed.csv_header" (file), "seed.csv_column"
            (file, column), "seed.csv_keyless" (file, relation: it is to run twice, and nothing tells its rows apart).
    """
    folder = seed.path or Path()
    paths = sorted(each for each in folder.iterdir() if _is_rows(each))
    summaries = CatalogReader(session).tree(ctx).summaries
    tables = {name for name, each in summaries.items() if each.kind in _TABLES}
    named = {path: _table(path, tables, session.profile, seed) for path in paths}
    relations = CatalogReader(session).relations(named.values(), ctx)
    files = {}
    for path, name in named.items():
        relation = relations[name]
        columns = _header(path, relation, seed)
        if seed.idempotent and not _tells_apart(relation, columns):
            raise SeedRefused("seed.csv_keyless", seed=seed.name, file=path.name, relation=str(name))
        files[name] = TableFile(path, relation, columns, path.stat().st_size)
    order = parents_first(
        {name: frozenset(key.target for key in each.relation.foreign_keys) for name, each in files.items()}
    )
    return tuple(files[name] for name in order)


def run_folder(
    connection: Connection, seed: SeedSpec, files: Sequence[TableFile], *, keeps: bool, log: SeedLog, ctx: TaskContext
) -> None:
    """Add the rows of each file.

    Args:
        connection: In its transaction.
        seed: Whose `idempotent` says that rows which are there already are left out.
        files: As `read_folder` ordered them.
        keeps: The transaction will be committed: sequences are moved past the numbers that came with the rows.
        log: Told each file's rows.
        ctx: Told `seed.files` in bytes.

    Raises:
        SeedRefused: "seed.failed" (facts file, line where the server named one).
    """
    driver = driver_of(connection)
    total = sum(each.size_bytes for each in files)
    done = 0

    def passed(count: int) -> None:
        nonlocal done
        done += count
        ctx.report(Progress("seed.files", min(done, total), total, "bytes"))

    for each in files:
        with blamed(seed, ctx, file=each.path.name):
            added = _merge(driver, each, passed) if seed.idempotent else _copy(driver, each, passed)
            if keeps:
                _move_sequences(driver, each)
        log(f"{each.path.name}  → {each.relation.name}: {added} rows")


def _is_rows(path: Path) -> bool:
    return path.suffix.lower() == ".csv" and not path.name.startswith((".", "_"))


def _table(path: Path, tables: Iterable[RelationName], profile: ConnectionProfile, seed: SeedSpec) -> RelationName:
    schema = profile.schema or "public"
    known = set(tables)
    wanted = [RelationName(schema, path.stem), RelationName("public", path.stem)]
    before, dot, after = path.stem.partition(".")
    if dot:
        wanted.append(RelationName(before, after))
    found = next((name for name in wanted if name in known), None)
    if found is None:
        raise SeedRefused("seed.csv_table", seed=seed.name, file=path.name)
    return found


def _header(path: Path, relation: Relation, seed: SeedSpec) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            columns = tuple(next(csv.reader(file), ()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SeedRefused("seed.unreadable", seed=seed.name, file=path.name) from error
    if not columns or len(set(columns)) < len(columns):
        raise SeedRefused("seed.csv_header", seed=seed.name, file=path.name)
    for name in columns:
        if not relation.has_column(name):
            raise SeedRefused("seed.csv_column", seed=seed.name, file=path.name, column=name)
    return columns


def _tells_apart(relation: Relation, columns: Sequence[str]) -> bool:
    """Tell whether a unique key is given by the columns: without one, every run would add the rows again."""
    given = set(columns)
    return any(
        index.unique and not index.partial and index.valid and all(index.columns) and given >= set(index.columns)
        for index in relation.indexes
    )


def _copy(driver: psycopg.Connection, file: TableFile, passed: Callable[[int], None]) -> int:
    return _copy_into(driver, _named(file.relation.name), file, passed)


def _merge(driver: psycopg.Connection, file: TableFile, passed: Callable[[int], None]) -> int:
    """Add the rows whose keys are not taken."""
    stage, table = sql.Identifier(_STAGE), _named(file.relation.name)
    driver.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            stage, file.names, table
        )
    )
    _copy_into(driver, stage, file, passed)
    added = driver.execute(
        sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} ON CONFLICT DO NOTHING").format(
            table, file.names, file.names, stage
        )
    ).rowcount
    driver.execute(sql.SQL("DROP TABLE {}").format(stage))
    return added


def _copy_into(
    driver: psycopg.Connection, target: sql.Composable, file: TableFile, passed: Callable[[int], None]
) -> int:
    with driver.cursor() as cursor, file.path.open("rb") as rows:
        start = rows.read(len(codecs.BOM_UTF8))
        first = b"" if start == codecs.BOM_UTF8 else start
        with cursor.copy(sql.SQL(_COPY).format(target, file.names)) as copy:
            for chunk in chain((first,), iter(lambda: rows.read(_CHUNK), b"")):
                copy.write(chunk)
                passed(len(chunk))
        return cursor.rowcount


def _move_sequences(driver: psycopg.Connection, file: TableFile) -> None:
    """Have serial and identity columns go on behind the numbers that came with the rows; never back."""
    table = _named(file.relation.name)
    for name in file.columns:
        column = file.relation.column(name)
        is_identity = column.generated in {Generated.IDENTITY_ALWAYS, Generated.IDENTITY_BY_DEFAULT}
        if not is_identity and "nextval(" not in column.default:
            continue
        said = table.as_string(driver)
        found: Any = driver.execute("SELECT pg_catalog.pg_get_serial_sequence(%s, %s)", (said, name)).fetchone()
        if found and found[0]:
            driver.execute(
                sql.SQL(
                    "SELECT pg_catalog.setval(%s::regclass, m.most) FROM (SELECT max({})::bigint AS most FROM {}) m"
                    " WHERE m.most > coalesce(pg_catalog.pg_sequence_last_value(%s::regclass), 0)"
                ).format(sql.Identifier(name), table),
                (found[0], found[0]),
            )


def _named(relation: RelationName) -> sql.Identifier:
    return sql.Identifier(relation.schema, relation.name)
