"""Parquet files, where pyarrow is installed. Types that it has no like of become texts, and are told."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from nexus_studio.core.data.transfer import ExportSpec, FileFormat, Remark
from nexus_studio.core.errors import TransferRefused
from nexus_studio.core.schema.catalog import Column
from nexus_studio.core.schema.types import TypeKind
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.session import Session
from nexus_studio.services.transfer.exportsql import Cut
from nexus_studio.services.transfer.textrows import Rows, text_rows

INSTALL: Final = "pip install 'nexus-studio[parquet]'"
_ROWS: Final = 65_536  # of a row group
_MOST_DIGITS: Final = 38  # of decimal128


def is_there() -> bool:
    """Tell whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def write_parquet(
    session: Session, cut: Cut, _spec: ExportSpec, part: Path, ctx: TaskContext, told: Callable[[int], None]
) -> tuple[int, tuple[Remark, ...]]:
    """Write a file; moments are in UTC. Returns rows and remarks.

    Raises:
        TransferRefused: "transfer.no_program"; "transfer.unfit" (fact column): a value such as infinity.
    """
    try:
        arrow: Any = importlib.import_module("pyarrow")
        files: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise TransferRefused("transfer.no_program", format=FileFormat.PARQUET.value, words=INSTALL) from None
    types = {column.name: _type(arrow, column, is_masked=column.name in cut.masked) for column in cut.columns}
    schema = arrow.schema([arrow.field(name, type_ or arrow.string()) for name, type_ in types.items()])
    rows = 0
    reading = closing(text_rows(session, cut, ctx, in_utc=True))
    with reading as batches, files.ParquetWriter(part, schema, compression="zstd") as writer:
        waiting: Rows = []
        for some in batches:
            waiting += some
            rows += len(some)
            if len(waiting) >= _ROWS:
                writer.write_batch(_batch(arrow, schema, waiting))
                waiting = []
            told(rows)
        if waiting:
            writer.write_batch(_batch(arrow, schema, waiting))
    texts = tuple(name for name, type_ in types.items() if type_ is None)
    return rows, ((Remark("transfer.texts", columns=texts),) if texts else ())


def _type(arrow: Any, column: Column, *, is_masked: bool) -> Any:
    """Return the type of a column; None where its values are written as texts although they are something else."""
    type_ = column.type
    plain = {
        "int2": arrow.int16(), "int4": arrow.int32(), "int8": arrow.int64(), "oid": arrow.int64(),
        "float4": arrow.float32(), "float8": arrow.float64(), "bool": arrow.bool_(), "date": arrow.date32(),
        "timestamp": arrow.timestamp("us"), "timestamptz": arrow.timestamp("us", tz="UTC"), "bytea": arrow.binary(),
    }  # fmt: skip
    if is_masked or type_.kind in {TypeKind.TEXT, TypeKind.ENUM, TypeKind.UUID, TypeKind.JSON}:
        return arrow.string()
    if type_.name == "numeric" and type_.precision and type_.precision <= _MOST_DIGITS and (type_.scale or 0) >= 0:
        return arrow.decimal128(type_.precision, type_.scale or 0)
    return plain.get(type_.name)


def _batch(arrow: Any, schema: Any, rows: Rows) -> Any:
    columns = zip(*rows, strict=True)
    return arrow.record_batch(
        [_array(arrow, field, list(cells)) for field, cells in zip(schema, columns, strict=True)], schema=schema
    )


def _array(arrow: Any, field: Any, cells: list[str | None]) -> Any:
    if arrow.types.is_binary(field.type):
        return arrow.array([None if cell is None else bytes.fromhex(cell[2:]) for cell in cells], field.type)
    if arrow.types.is_floating(field.type):
        return arrow.array([None if cell is None else float(cell) for cell in cells], field.type)
    texts = arrow.array(cells, arrow.string())
    if arrow.types.is_boolean(field.type):
        return arrow.compute.equal(texts, "t")
    try:
        return texts.cast(field.type)
    except arrow.ArrowInvalid:
        raise TransferRefused("transfer.unfit", column=field.name, format=FileFormat.PARQUET.value) from None
