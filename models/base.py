"""The common ground of all models: metadata, column types, mixins and the conventions that readers of models rely on.

What a reader of the metadata (Studio's overlay, a test) may rely on:

``table.info["label"]``
    A tuple of column names *as in the database*. Their texts, joined by a space, NULLs left out, name a row for people.
    A label column that is a foreign key stands for the label of the row it points to. Missing: the key is the label.
``column.info["sensitive"]``
    True where the column holds personal or secret data; missing elsewhere.
``column.comment``, ``table.comment``
    The same text that the database carries as COMMENT. Every table has one.
``column.default``
    A default that only Python knows. ``column.default.arg`` is a plain value, or (``column.default.is_callable``) a
    function of one argument that may be None: ``column.default.arg(None)``. Ids and ``updatedAt`` have one.
``column.onupdate``
    The same for updates (``updatedAt``).
``column.server_default``
    A default, identity or generation rule of the database; the column may be left out of an INSERT.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Literal

from sqlalchemy import BigInteger, Date, DateTime, ForeignKey, Identity, Interval, MetaData, Text, Time, func
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from models.enums import ENUMS, Subject
from models.ids import new_id

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    }
)

_ENUM_TYPES = {python: ENUM(python, name=python.__name__, metadata=metadata) for python in ENUMS}


def enum_types() -> dict[str, tuple[str, ...]]:
    """Return the values of each enum type, by its name, in the order of creation."""
    return {str(each.name): tuple(each.enums) for each in _ENUM_TYPES.values()}


def utc_now() -> datetime:
    """Return this moment, with UTC as its time zone."""
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """The base of every model; says which PostgreSQL type a Python annotation stands for."""

    metadata = metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        date: Date(),
        time: Time(),
        timedelta: Interval(),
        list[str]: ARRAY(Text()),
        list[Subject]: ARRAY(_ENUM_TYPES[Subject]),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        **_ENUM_TYPES,
    }


class Identified:
    """Gives a table a text key that the model makes."""

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id, sort_order=-100)


class Numbered:
    """Gives a table a number that the database counts as its key."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True, sort_order=-100)


class Created:
    """Gives a table the moment of a row's birth, kept by the database."""

    created_at: Mapped[datetime] = mapped_column("createdAt", server_default=func.now(), sort_order=900)


class Stamped(Created):
    """Gives a table the moments of a row's birth (kept by the database) and of its last change (kept by the model)."""

    updated_at: Mapped[datetime] = mapped_column("updatedAt", default=utc_now, onupdate=utc_now, sort_order=901)


def about(comment: str, *, label: tuple[str, ...]) -> dict[str, Any]:
    """Return what a table says of itself, for `__table_args__`: its comment and the columns that name a row."""
    return {"comment": comment, "info": {"label": label}}


def reference(
    column: str,
    target: str,
    on_delete: Literal["CASCADE", "SET NULL", "RESTRICT"],
    *,
    primary_key: bool = False,
    unique: bool = False,
    index: bool | None = None,
    comment: str | None = None,
) -> MappedColumn[Any]:
    """Return a foreign key column.

    Args:
        column: Its name in the database.
        target: Where it points, as ``table.column``.
        on_delete: What happens to the row when the one it points to goes.
        primary_key: Whether it is part of the key.
        unique: Whether a row may be pointed to once only; the constraint then serves as the index.
        index: Whether it gets an index of its own. By default yes, unless it is part of the key or unique; say False
            where another index starts with it, True where it is not the first column of the key.
        comment: What the column means, where its name does not say it.
    """
    return mapped_column(
        column,
        ForeignKey(target, ondelete=on_delete),
        primary_key=primary_key,
        unique=unique,
        index=not (unique or primary_key) if index is None else index,
        comment=comment,
    )
