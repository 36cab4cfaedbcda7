"""Which passwords an example file gives away."""

from __future__ import annotations

from pathlib import Path

from nexus_studio.services.readiness.gitfiles import published_examples, published_in


def test_passwords_of_variables_and_urls_are_found() -> None:
    lines = [
        "POSTGRES_PASSWORD=hunter2",
        'export DATABASE_URL="postgresql://app:p%40ss@db:5432/shop?schema=public"',
        "NEXTAUTH_SECRET='s3cret'",
        "POSTGRES_USER=app",
        "# POSTGRES_PASSWORD=commented",
        "URL=postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@db/shop",
        "EMPTY_PASSWORD=",
        "BROKEN=http://[x",
    ]
    assert published_in(lines) == {"hunter2", "p@ss", "s3cret"}


def test_examples_of_any_name_are_read(tmp_path: Path) -> None:
    (tmp_path / ".env.sample").write_text("DB_PASS=one\n")
    (tmp_path / ".env.example").write_bytes(b"\xff\xfe")
    assert published_examples(tmp_path) == {"one"}
    assert published_examples(tmp_path / "nowhere") == set()
