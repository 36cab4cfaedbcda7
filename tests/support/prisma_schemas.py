# ruff: noqa: E501 - the lines are Prisma's
"""Schemas as Prisma writes them: one with all that its language can say, and the platform's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.named_types import CreateEnumType
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable, SetColumnComment, SetTableComment
from sqlalchemy.sql.schema import ColumnCollectionConstraint

from models import PARTITIONS, VIEWS, metadata
from models.schema import CreatePartition, CreateView, CreateViewKey

SHOP = """
-- CreateEnum
CREATE TYPE "Role" AS ENUM ('ADMIN', 'USER');
CREATE TYPE "order_status" AS ENUM ('open', 'in-progress', 'done');

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "email" VARCHAR(190) NOT NULL,
    "displayName" TEXT,
    "role" "Role" NOT NULL DEFAULT 'USER',
    "roles" "Role"[] DEFAULT ARRAY['USER']::"Role"[],
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "settings" JSONB NOT NULL DEFAULT '{"theme": "dark", "a:b": 1, "c":1, "d":"e"}',
    "credits" DECIMAL(10,3) NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "lastSeen" TIMESTAMPTZ(6),
    "birthDate" DATE,
    "wakesAt" TIME(0),
    "avatar" BYTEA,
    "managerId" TEXT,
    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "roles" (
    "id" SERIAL NOT NULL,
    "class" TEXT NOT NULL,
    "metadata" JSON,
    CONSTRAINT "roles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Post" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "slug" TEXT NOT NULL,
    "title" VARCHAR(255) NOT NULL,
    "authorId" TEXT NOT NULL,
    "editorId" TEXT,
    "views" BIGINT NOT NULL DEFAULT 0,
    "score" DOUBLE PRECISION,
    "rank" SMALLINT,
    "flag" BOOLEAN NOT NULL DEFAULT false,
    "code" CHAR(3) NOT NULL DEFAULT 'TND',
    "at" TIMESTAMP(3) NOT NULL DEFAULT now(),
    "token" TEXT NOT NULL DEFAULT md5((random())::text || ':' || 'x%y\\z'),
    "address" INET,
    "document" XML,
    "bits" BIT(8),
    "status" "order_status" NOT NULL DEFAULT 'in-progress',
    CONSTRAINT "Post_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "order_items" (
    "orderId" INTEGER NOT NULL,
    "lineNumber" INTEGER NOT NULL,
    "postId" UUID,
    "quantity" INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT "order_items_pkey" PRIMARY KEY ("orderId","lineNumber")
);

-- CreateTable
CREATE TABLE "Session" (
    "userId" TEXT NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "endsAt" TIMESTAMP(3)
);

-- CreateTable (implicit, Prisma 6)
CREATE TABLE "_PostToRole" (
    "A" UUID NOT NULL,
    "B" INTEGER NOT NULL,
    CONSTRAINT "_PostToRole_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateTable (implicit, Prisma 5)
CREATE TABLE "_Follows" (
    "A" TEXT NOT NULL,
    "B" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
CREATE INDEX "User_createdAt_idx" ON "User"("createdAt" DESC);
CREATE INDEX "User_settings_idx" ON "User" USING GIN ("settings" jsonb_path_ops);
CREATE INDEX "User_managerId_idx" ON "User"("managerId");
CREATE UNIQUE INDEX "Post_slug_authorId_key" ON "Post"("slug", "authorId");
CREATE INDEX "Post_title_rank_idx" ON "Post"("title" ASC, "rank" DESC NULLS LAST);
CREATE INDEX "Post_score_brin" ON "Post" USING BRIN ("score");
CREATE INDEX "Post_code_hash" ON "Post" USING HASH ("code");
CREATE UNIQUE INDEX "one_live_session" ON "Session"("userId") WHERE "endsAt" IS NULL;
CREATE INDEX "User_lower_email" ON "User"(lower("email"), "role");
CREATE INDEX "Post_only_lower" ON "Post"(lower("title"));
CREATE UNIQUE INDEX "Session_userId_startedAt_key" ON "Session"("userId", "startedAt");
CREATE INDEX "_PostToRole_B_index" ON "_PostToRole"("B");
CREATE UNIQUE INDEX "_Follows_AB_unique" ON "_Follows"("A", "B");
CREATE INDEX "_Follows_B_index" ON "_Follows"("B");

-- AddForeignKey
ALTER TABLE "User" ADD CONSTRAINT "User_managerId_fkey" FOREIGN KEY ("managerId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "Post" ADD CONSTRAINT "Post_editorId_fkey" FOREIGN KEY ("editorId") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE NO ACTION;
ALTER TABLE "order_items" ADD CONSTRAINT "order_items_postId_fkey" FOREIGN KEY ("postId") REFERENCES "Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PostToRole" ADD CONSTRAINT "_PostToRole_A_fkey" FOREIGN KEY ("A") REFERENCES "Post"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_PostToRole" ADD CONSTRAINT "_PostToRole_B_fkey" FOREIGN KEY ("B") REFERENCES "roles"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_Follows" ADD CONSTRAINT "_Follows_A_fkey" FOREIGN KEY ("A") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "_Follows" ADD CONSTRAINT "_Follows_B_fkey" FOREIGN KEY ("B") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;
"""

BY_HAND = """
ALTER TABLE "Post" ADD COLUMN "search" tsvector GENERATED ALWAYS AS (to_tsvector('simple', "title")) STORED;
CREATE INDEX "Post_search_idx" ON "Post" USING GIN ("search");
ALTER TABLE "Post" ADD CONSTRAINT "Post_rank_check" CHECK ("rank" BETWEEN 1 AND 5 AND "title" <> ':x');
ALTER TABLE "Post" ADD COLUMN "label" TEXT GENERATED ALWAYS AS ("title" || ':y %z \\:w') STORED;
CREATE INDEX "Post_flagged" ON "Post"(("title" || ':v')) WHERE "title" <> ':u %';
COMMENT ON TABLE "Post" IS 'What is read: 100 %, :and:more: "quoted" \\:x: %(a)s';
COMMENT ON COLUMN "Post"."code" IS 'A currency''s code';
CREATE VIEW "post_overview" AS SELECT p."id", p."title", u."displayName" FROM "Post" p JOIN "User" u ON u."id" = p."authorId";
CREATE MATERIALIZED VIEW "posts_by_code" AS SELECT "code", count(*) AS "posts" FROM "Post" GROUP BY "code";
CREATE UNIQUE INDEX "posts_by_code_key" ON "posts_by_code"("code");
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := now(); -- a comment: with a colon; and a semicolon
  RETURN NEW;
END $$;
CREATE TRIGGER "User_touch" BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION touch();
"""

HARD = """
CREATE DOMAIN email_t AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE addr AS (street text, zip int);
CREATE SEQUENCE loose_seq INCREMENT 5;
CREATE TABLE p (id bigint GENERATED ALWAYS AS IDENTITY, "createdAt" timestamptz NOT NULL, a addr, e email_t, kind int NOT NULL, PRIMARY KEY (id, "createdAt")) PARTITION BY RANGE ("createdAt");
CREATE TABLE p_2025 PARTITION OF p FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX p_kind ON p(kind);
CREATE TABLE booking (id int PRIMARY KEY, room int NOT NULL, during tstzrange, EXCLUDE USING gist (during WITH &&), UNIQUE (room, during) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE nn (a int, b int, CONSTRAINT nn_u UNIQUE NULLS NOT DISTINCT (a, b));
CREATE TABLE inc (id int PRIMARY KEY, x text COLLATE "C", y text STORAGE EXTERNAL, n int DEFAULT nextval('loose_seq'));
CREATE UNIQUE INDEX inc_x ON inc (x) INCLUDE (n);
CREATE INDEX inc_x_ops ON inc (x text_pattern_ops DESC NULLS LAST, (n + 1));
CREATE TABLE circ_a (id int PRIMARY KEY, b int); CREATE TABLE circ_b (id int PRIMARY KEY, a int REFERENCES circ_a);
ALTER TABLE circ_a ADD FOREIGN KEY (b) REFERENCES circ_b DEFERRABLE;
ALTER TABLE inc ENABLE ROW LEVEL SECURITY; CREATE POLICY see ON inc USING (x = current_user);
CREATE RULE no_del AS ON DELETE TO nn DO INSTEAD NOTHING;
CREATE TABLE "we""ird t:able %s" ("col:umn" int PRIMARY KEY, "üñí" text DEFAULT E'a\\\\b''c\\n', "select" text, "1st" int, "a b" int);
CREATE TABLE child (extra int) INHERITS (circ_b);
CREATE UNLOGGED TABLE ul (id smallserial PRIMARY KEY, j json DEFAULT '{":x": "%(y)s"}');
CREATE AGGREGATE mysum(int) (sfunc = int4pl, stype = int);
CREATE FUNCTION add_one(int) RETURNS int LANGUAGE sql RETURN $1 + 1;
CREATE FUNCTION atom(i int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT i; SELECT CASE WHEN i > 0 THEN 1 ELSE 2 END; END;
CREATE PROCEDURE proc() LANGUAGE plpgsql AS $_$ BEGIN PERFORM 1; END $_$;
CREATE VIEW v1 AS SELECT add_one(id) AS x FROM inc; CREATE VIEW v2 WITH (security_barrier) AS SELECT * FROM v1 WHERE x > 1;
CREATE VIEW up AS SELECT id FROM inc WHERE id > 3 WITH CHECK OPTION;
CREATE STATISTICS st ON a, b FROM nn;
ALTER TABLE nn REPLICA IDENTITY FULL; ALTER TABLE inc SET (fillfactor = 70); ALTER TABLE inc ALTER x SET STATISTICS 500;
COMMENT ON VIEW v1 IS 'hi; there'; COMMENT ON FUNCTION add_one(int) IS 'f';
"""
"""What SQL can say and neither Prisma nor SQLAlchemy knows much of: PostgreSQL 15 and later."""

SCRIPTS = {
    "20240101000000_init": SHOP,
    "20240102000000_by_hand": BY_HAND,
}


def platform_scripts() -> dict[str, str]:
    """Return the platform's schema as Prisma would have made it: its names of keys, unique indexes for unique columns,
    ON UPDATE CASCADE; what its language can't say (partitions, views, checks, generated columns) is there by hand."""
    made = sa.MetaData()
    for table in metadata.sorted_tables:
        copy = table.to_metadata(made)
        for constraint in [each for each in copy.constraints if isinstance(each, ColumnCollectionConstraint)]:
            columns = "_".join(column.name for column in constraint.columns)
            if isinstance(constraint, sa.PrimaryKeyConstraint):
                constraint.name = f"{table.name}_pkey"
            elif isinstance(constraint, sa.UniqueConstraint) and not constraint.dialect_kwargs:
                copy.constraints.remove(constraint)
                sa.Index(_named(table.name, columns, "key"), *constraint.columns, unique=True)
            elif isinstance(constraint, sa.ForeignKeyConstraint):
                constraint.name = _named(table.name, columns, "fkey")
                constraint.onupdate = "CASCADE"
    tables = made.sorted_tables
    enums = {
        kind.name: kind
        for table in tables
        for column in table.columns
        for kind in [column.type.item_type if isinstance(column.type, sa.ARRAY) else column.type]
        if isinstance(kind, sa.Enum)
    }
    steps: list[Any] = [CreateEnumType(each) for each in enums.values()]
    steps += [CreateTable(each, include_foreign_key_constraints=[]) for each in tables]
    steps += [
        CreateIndex(each) for table in tables for each in sorted(table.indexes, key=lambda index: str(index.name))
    ]
    steps += [AddConstraint(each) for table in tables for each in table.foreign_key_constraints]
    by_hand: list[Any] = [CreatePartition(each) for each in PARTITIONS]
    by_hand += [SetTableComment(each) for each in tables if each.comment]
    by_hand += [SetColumnComment(each) for table in tables for each in table.columns if each.comment]
    for view in VIEWS:
        by_hand += [CreateView(view), *([CreateViewKey(view)] if view.materialized else [])]
    return {"20250101000000_init": _script(steps), "20250201000000_by_hand": _script(by_hand)}


def _named(table: str, columns: str, end: str) -> str:
    """Name a key as Prisma does: what is too long loses letters before its ending."""
    return f"{f'{table}_{columns}'[: 62 - len(end)]}_{end}"


def _script(steps: Iterable[Any]) -> str:
    return "".join(f"{str(each.compile(dialect=postgresql.dialect())).strip()};\n\n" for each in steps)
