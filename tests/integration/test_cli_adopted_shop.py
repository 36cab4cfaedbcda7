"""From Prisma to Alembic by the command line alone, on a shop as Prisma lays one out; then Alembic and Python judge."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli
from tests.support.fix_prisma import N1, N2

Sql = Callable[..., list[tuple[Any, ...]]]

SHOP = """
CREATE TYPE "OrderStatus" AS ENUM ('PENDING', 'PAID', 'in-transit', 'None');
CREATE TYPE "public"."currency" AS ENUM ('EUR', 'TND');
CREATE TABLE "customers" (
    "customer_id" TEXT NOT NULL,
    "email" {citext} NOT NULL,
    "phones" TEXT[],
    "scores" DECIMAL(5,2)[] DEFAULT ARRAY[0.5, 1]::DECIMAL(5,2)[],
    "profile" JSONB NOT NULL DEFAULT '{{}}',
    "invitedById" TEXT,
    "tenantId" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "customers_pkey" PRIMARY KEY ("customer_id")
);
CREATE TABLE "orders" (
    "id" BIGSERIAL NOT NULL,
    "tenantId" INTEGER NOT NULL,
    "customerNumber" INTEGER NOT NULL,
    "status" "OrderStatus" NOT NULL DEFAULT 'PENDING',
    "history" "OrderStatus"[],
    "currency" "currency" NOT NULL DEFAULT 'EUR',
    "total" DECIMAL(65,30) NOT NULL DEFAULT 0,
    "import" TEXT,
    "metadata" JSONB,
    CONSTRAINT "orders_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "Product" (
    "sku" VARCHAR(40) NOT NULL,
    "locale" CHAR(2) NOT NULL,
    "title" TEXT NOT NULL DEFAULT '',
    "uid" UUID NOT NULL DEFAULT gen_random_uuid(),
    "parentSku" VARCHAR(40),
    "parentLocale" CHAR(2),
    CONSTRAINT "Product_pkey" PRIMARY KEY ("sku", "locale")
);
CREATE TABLE "Tag" ("id" SERIAL NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "Tag_pkey" PRIMARY KEY ("id"));
CREATE TABLE "_OrderToTag" ("A" BIGINT NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_OrderToTag_AB_pkey" PRIMARY KEY ("A","B"));
CREATE TABLE "_friends" ("A" TEXT NOT NULL, "B" TEXT NOT NULL);
CREATE UNIQUE INDEX "customers_email_key" ON "customers"("email");
CREATE UNIQUE INDEX "customers_tenantId_number_key" ON "customers"("tenantId", "number");
CREATE UNIQUE INDEX "Product_uid_key" ON "Product"("uid");
CREATE INDEX "orders_status_currency_idx" ON "orders"("status", "currency" DESC);
CREATE INDEX "_OrderToTag_B_index" ON "_OrderToTag"("B");
CREATE UNIQUE INDEX "_friends_AB_unique" ON "_friends"("A", "B");
CREATE INDEX "_friends_B_index" ON "_friends"("B");
ALTER TABLE "customers" ADD CONSTRAINT "customers_invitedById_fkey" FOREIGN KEY ("invitedById") REFERENCES "customers"("customer_id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "orders" ADD CONSTRAINT "orders_tenantId_customerNumber_fkey" FOREIGN KEY ("tenantId", "customerNumber") REFERENCES "customers"("tenantId", "number") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Product" ADD CONSTRAINT "Product_parentSku_parentLocale_fkey" FOREIGN KEY ("parentSku", "parentLocale") REFERENCES "Product"("sku", "locale") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "_OrderToTag" ADD CONSTRAINT "_OrderToTag_A_fkey" FOREIGN KEY ("A") REFERENCES "orders"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_OrderToTag" ADD CONSTRAINT "_OrderToTag_B_fkey" FOREIGN KEY ("B") REFERENCES "Tag"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_friends" ADD CONSTRAINT "_friends_A_fkey" FOREIGN KEY ("A") REFERENCES "customers"("customer_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_friends" ADD CONSTRAINT "_friends_B_fkey" FOREIGN KEY ("B") REFERENCES "customers"("customer_id") ON DELETE CASCADE ON UPDATE CASCADE;
"""  # noqa: E501 - the lines are Prisma's
LATER = 'ALTER TYPE "currency" ADD VALUE \'USD\';\nALTER TABLE "Tag" ADD COLUMN "rank" SMALLINT NOT NULL DEFAULT 0;\n'

USED = """
import datetime, decimal, os
import models
from sqlalchemy import create_engine, inspect, select
from sqlalchemy.orm import Session, configure_mappers
configure_mappers()
classes = {each.class_.__table__.name: each.class_ for each in models.Base.registry.mappers}
engine = create_engine(os.environ["ENGINE_URL"])
def make(table, **cells):
    mapper = inspect(classes[table])
    return classes[table](**{mapper.get_property_by_column(mapper.local_table.c[n]).key: v for n, v in cells.items()})
with Session(engine) as session:
    now = datetime.datetime(2024, 1, 1)
    session.add(make("customers", customer_id="c1", email="A@x", tenantId=1, number=7, phones=["1"], updatedAt=now))
    session.flush()
    session.add(make("orders", tenantId=1, customerNumber=7, total=decimal.Decimal("1.25"), metadata={"a": 1}))
    session.add(make("Product", sku="s", locale="fr"))
    session.add(make("Tag", name="t"))
    session.commit()
with Session(engine) as session:
    (order,) = session.scalars(select(classes["orders"])).all()
    table = classes["orders"].__table__
    row = session.execute(select(table)).mappings().one()
    print(getattr(row["status"], "value", row["status"]), row["total"] == decimal.Decimal("1.25"), row["metadata"])
    session.delete(session.scalars(select(classes["customers"])).one())
    session.commit()
    print(session.execute(select(table)).all())
print(sorted(models.Base.metadata.tables))
"""


def raw_table(url: str, name: str) -> tuple[bytes, list[tuple[Any, ...]]]:
    """A table byte by byte, and as the catalog has it."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)".encode()) as copied:
            rows = b"".join(bytes(each) for each in copied)
        facts = connection.execute(
            "SELECT c.oid, c.relfilenode, array_agg((a.attname, a.atttypid, a.attnotnull)::text ORDER BY a.attnum)"
            " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.oid = %s::regclass GROUP BY 1, 2",
            (name,),
        ).fetchall()
    return rows, facts


def test_a_shop_goes_over(
    prisma_folder: Path, pg_url: str, sql: Sql, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_citext = bool(sql("SELECT FROM pg_available_extensions WHERE name = 'citext'"))
    if has_citext:
        sql("CREATE EXTENSION citext")
    for name, script in ((N1, SHOP.format(citext="CITEXT" if has_citext else "TEXT")), (N2, LATER)):
        place = prisma_folder / "prisma" / "migrations" / name
        place.mkdir(parents=True)
        (place / "migration.sql").write_text(script)
    monkeypatch.setenv("DATABASE_URL", pg_url)
    words = ["--project", str(prisma_folder)]
    assert cli.main(["migrate", "deploy", *words]) == 0
    before = raw_table(pg_url, "_prisma_migrations")
    folder = tmp_path / "python"
    assert cli.main(["migrate", "adopt", "--into", str(folder), *words]) == 0
    assert raw_table(pg_url, "_prisma_migrations") == before
    assert cli.main(["migrate", "status", *words]) == 0  # as Prisma's project it stands as before
    assert cli.main(["migrate", "status", "--project", str(folder)]) == 0
    assert cli.main(["migrate", "check", "--project", str(folder)]) == 0
    driver = pg_url.replace("postgresql://", "postgresql+psycopg://", 1)
    env = {**os.environ, "ENGINE_URL": driver}

    def run(*asked: str) -> str:
        done = subprocess.run(
            [sys.executable, *asked], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "No new upgrade operations detected" in run("-m", "alembic", "check")
    assert run("-c", USED).splitlines() == [
        "PENDING True {'a': 1}",
        "[]",  # the order went with its customer
        "['Product', 'Tag', '_OrderToTag', '_friends', 'customers', 'orders']",
    ]
    assert sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE '%prisma%'") == [
        ("_prisma_migrations",)
    ]
