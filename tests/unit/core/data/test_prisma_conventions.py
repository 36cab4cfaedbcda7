"""Ids that clients make are recognised and made alike; updatedAt and tables of pairs are known by their shape."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.data.conventions import (
    ENTROPY,
    IdKind,
    fits,
    id_column,
    kind_of_ids,
    make_id,
    moment_for,
    other_side,
    updated_columns,
)
from nexus_studio.core.names import RelationName
from nexus_studio.core.schema.catalog import Column, ForeignKey, Generated, Relation, RelationKind
from nexus_studio.core.schema.types import PgType, TypeKind

TEXT = PgType(25, "text", "text", "text", TypeKind.TEXT)
UUID_TYPE = PgType(2950, "uuid", "uuid", "uuid", TypeKind.UUID)
TIMESTAMP = PgType(1114, "timestamp", "timestamp without time zone", "timestamp(3)", TypeKind.TIMESTAMP, precision=3)
TIMESTAMPTZ = replace(TIMESTAMP, name="timestamptz", sql="timestamp with time zone", has_time_zone=True)
NOW = datetime(2026, 2, 1, 10, 30, 15, 123_456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("cjld2cjxh0000qzrmn831i7rn", "ck3f9z0000000qzrm8h2l5c1a"), IdKind.CUID),
        (("tz4a98xxat96iws9zmbrgj3a",), IdKind.CUID2),
        (("9b2d0e1c-5b1f-4a52-8f0e-0a1b2c3d4e5f",), IdKind.UUID4),
        (("0190a5b0-7c1e-7def-8abc-0123456789ab", "0190a5b0-7c1f-7def-9abc-0123456789ab"), IdKind.UUID7),
        (("0190a5b0-7c1e-7def-8abc-0123456789ab", "9b2d0e1c-5b1f-4a52-8f0e-0a1b2c3d4e5f"), IdKind.UUID4),
        ((), None),
        (("cjld2cjxh0000qzrmn831i7rn", "admin"), None),
        (("internationalisationally",), None),
        (("9B2D0E1C-5B1F-4A52-8F0E-0A1B2C3D4E5F",), None),
        (("42", "43"), None),
    ],
)
def test_ids_are_recognised(values: tuple[str, ...], kind: IdKind | None) -> None:
    assert kind_of_ids(values) is kind


@given(entropy=st.binary(min_size=ENTROPY, max_size=ENTROPY), kind=st.sampled_from(list(IdKind)))
def test_a_made_id_is_of_its_kind(entropy: bytes, kind: IdKind) -> None:
    made = make_id(kind, NOW, entropy)
    if kind is IdKind.CUID2:
        assert re.fullmatch(r"[a-z][a-z0-9]{23}", made)
    else:
        assert kind_of_ids((made,)) is kind
    if kind in {IdKind.UUID4, IdKind.UUID7}:
        assert UUID(made).version == int(kind.value[-1])
    assert (kind is IdKind.CUID2) or make_id(kind, NOW, entropy) == made


@pytest.mark.parametrize("kind", [IdKind.CUID, IdKind.UUID7])
def test_ids_that_begin_with_their_time_are_in_its_order(kind: IdKind) -> None:
    first = make_id(kind, NOW, b"\xff" * ENTROPY)
    assert first < make_id(kind, NOW + timedelta(milliseconds=1), bytes(ENTROPY))


def relation(*columns: Column, key: tuple[str, ...] = ("id",), **more: Any) -> Relation:
    return replace(Relation(RelationName("public", "t"), RelationKind.TABLE, columns, key, key), **more)


def test_only_a_free_single_key_gets_ids() -> None:
    column = Column("id", TEXT, 1, nullable=False)
    assert id_column(relation(column)) == column
    assert id_column(relation(replace(column, type=UUID_TYPE))) is not None
    assert id_column(relation(replace(column, default="gen_random_uuid()"))) is None
    assert id_column(relation(replace(column, generated=Generated.STORED))) is None
    assert id_column(relation(replace(column, may_insert=False))) is None
    assert id_column(relation(column, replace(column, name="b"), key=("id", "b"))) is None
    owner = ForeignKey("f", RelationName("public", "t"), ("id",), RelationName("public", "u"), ("id",))
    assert id_column(relation(column, foreign_keys=(owner,))) is None, "it is somebody else's id"
    assert not fits(IdKind.CUID, replace(column, type=replace(TEXT, length=24)))
    assert not fits(IdKind.CUID, replace(column, type=UUID_TYPE))
    assert fits(IdKind.UUID7, replace(column, type=UUID_TYPE))


def test_updated_at_is_known_by_name_and_type() -> None:
    found = updated_columns(
        relation(
            Column("id", TEXT, 1),
            Column("updatedAt", TIMESTAMP, 2),
            Column("updated_at", TIMESTAMPTZ, 3),
            Column("updatedat", TEXT, 4),
            Column("UpdatedAt", TIMESTAMP, 5, default="now()"),
            Column("createdAt", TIMESTAMP, 6),
        )
    )
    assert [column.name for column in found] == ["updatedAt", "updated_at"]
    paris = NOW.astimezone(timezone(timedelta(hours=1)))
    assert moment_for(found[0], paris) == "2026-02-01 10:30:15.123"
    assert moment_for(found[1], paris) == "2026-02-01 10:30:15.123+00"


def test_a_table_of_pairs_is_known_by_its_shape() -> None:
    name = RelationName("public", "_PostToTag")
    to_post = ForeignKey("_PostToTag_A_fkey", name, ("A",), RelationName("public", "Post"), ("id",))
    to_tag = ForeignKey("_PostToTag_B_fkey", name, ("B",), RelationName("public", "Tag"), ("id",))
    columns = (Column("A", TEXT, 1), Column("B", TEXT, 2))
    pairs = Relation(name, RelationKind.TABLE, columns, foreign_keys=(to_post, to_tag))
    assert other_side(pairs, to_post) == to_tag
    assert other_side(pairs, to_tag) == to_post
    assert other_side(replace(pairs, columns=(*columns, Column("note", TEXT, 3))), to_post) is None
    assert other_side(replace(pairs, foreign_keys=(to_post,)), to_post) is None
    plain = replace(to_post, table=RelationName("public", "PostToTag"))
    assert other_side(pairs, plain) is None
