"""Each fault of a `.env` is found where it is, and nothing else is; secrets are dots wherever they hide."""

from __future__ import annotations

import pytest

from nexus_studio.core.admin.envchecks import EnvFinding, Fault, Severity, check_env, entries_of
from nexus_studio.core.admin.envsecrets import MASK, is_secret, masked, secrets_of
from nexus_studio.services.dotenv_file import parse_env

EXAMPLE = """\
# Who owns it.
POSTGRES_USER=postgres
# Choose another.
POSTGRES_PASSWORD=postgres
POSTGRES_DB=shop
POSTGRES_PORT=5434
MAIL_FROM=
DATABASE_URL="postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@localhost:${POSTGRES_PORT}/${POSTGRES_DB}"
"""
GOOD = EXAMPLE.replace("PASSWORD=postgres", "PASSWORD=k3-Wq_9x")


def found(text: str, environ: dict[str, str] | None = None, example: str | None = EXAMPLE) -> tuple[EnvFinding, ...]:
    return check_env(parse_env(text), parse_env(example) if example is not None else None, environ or {})


def test_a_good_file_has_no_fault() -> None:
    assert found(GOOD) == ()
    assert found("ANYTHING=goes\n", example=None) == ()


W, E = Severity.WARNING, Severity.ERROR
URL_LINE = GOOD[GOOD.index("DATABASE_URL") :]


@pytest.mark.parametrize(
    ("text", "fault", "name", "line", "other", "severity"),
    [
        (GOOD.replace("MAIL_FROM=\n", ""), Fault.MISSING, "MAIL_FROM", 0, "", E),
        (GOOD.replace("MAIL_FROM=", "MAIL_FROM=\nMAIL_FROM="), Fault.DUPLICATE, "MAIL_FROM", 8, "", W),
        (GOOD.replace("MAIL_FROM=", "MAIL_FROM"), Fault.MALFORMED, "MAIL_FROM", 7, "", E),
        (GOOD + "what is = this\n", Fault.MALFORMED, "", 9, "", E),
        (GOOD + "EXTRA=1\n", Fault.UNKNOWN, "EXTRA", 9, "", W),
        (EXAMPLE, Fault.DEFAULT_PASSWORD, "POSTGRES_PASSWORD", 4, "", W),
        (GOOD.replace("k3-Wq_9x", "Password"), Fault.DEFAULT_PASSWORD, "POSTGRES_PASSWORD", 4, "", W),
        (GOOD.replace("k3-Wq_9x", "change-me"), Fault.PLACEHOLDER, "POSTGRES_PASSWORD", 4, "", E),
        (GOOD.replace("MAIL_FROM=", "MAIL_FROM=<your address>"), Fault.PLACEHOLDER, "MAIL_FROM", 7, "", E),
        (GOOD.replace("MAIL_FROM=", "MAIL_FROM=a@${HOST}"), Fault.UNSET_REFERENCE, "MAIL_FROM", 7, "HOST", E),
        (GOOD.replace(URL_LINE, "DATABASE_URL=\n"), Fault.EMPTY, "DATABASE_URL", 8, "", E),
        (GOOD.replace(URL_LINE, "DATABASE_URL=file:./dev.db\n"), Fault.BAD_URL, "DATABASE_URL", 8, "scheme", E),
        (GOOD.replace("k3-Wq_9x", "k3/Wq@9x"), Fault.BAD_URL, "DATABASE_URL", 8, "unencoded", E),
        (GOOD.replace("${POSTGRES_PORT}", "5435"), Fault.DISAGREES, "DATABASE_URL", 8, "POSTGRES_PORT", W),
        (
            GOOD.replace(URL_LINE, "DATABASE_URL=postgresql://shop:shop@db.example.com/shop\n"),
            Fault.DEFAULT_PASSWORD, "DATABASE_URL", 8, "", E,
        ),
    ],
)  # fmt: skip
def test_a_single_fault_is_found_alone(
    text: str, fault: Fault, name: str, line: int, other: str, severity: Severity
) -> None:
    assert text != GOOD
    assert found(text) == (EnvFinding(fault, name, line, other, severity),)


def test_a_port_that_is_none() -> None:
    text = GOOD.replace("5434", "54x4").replace(URL_LINE, "DATABASE_URL=postgresql://h.internal/shop\n")
    assert found(text) == (EnvFinding(Fault.BAD_PORT, "POSTGRES_PORT", 6, "", E),)


def test_the_environment_goes_before_the_file() -> None:
    assert found(GOOD, {"MAIL_FROM": ""}) == ()
    assert found(GOOD.replace("MAIL_FROM=", "MAIL_FROM=a"), {"MAIL_FROM": "b"}) == (
        EnvFinding(Fault.SHADOWED, "MAIL_FROM", 7, "", W),
    )


def test_what_the_compose_file_asks_for_is_known() -> None:
    file, example = parse_env(GOOD + "PGDATA_DIR=/x\n"), parse_env(EXAMPLE)
    assert check_env(file, example, {}, frozenset({"PGDATA_DIR"})) == ()


def test_entries_stand_in_the_files_order_with_those_that_are_missing() -> None:
    entries = entries_of(parse_env("EXTRA=1\nPOSTGRES_DB=x\n"), parse_env(EXAMPLE))
    names = [entry.name for entry in entries]
    assert names == [
        "POSTGRES_USER", "POSTGRES_PASSWORD", "EXTRA", "POSTGRES_DB", "POSTGRES_PORT", "MAIL_FROM", "DATABASE_URL",
    ]  # fmt: skip
    by_name = {entry.name: entry for entry in entries}
    assert (by_name["POSTGRES_PASSWORD"].raw, by_name["POSTGRES_PASSWORD"].comment) == (None, "Choose another.")
    assert by_name["POSTGRES_PASSWORD"].is_secret
    assert not by_name["DATABASE_URL"].is_secret


@pytest.mark.parametrize(
    ("name", "raw", "shown"),
    [
        ("POSTGRES_PASSWORD", "hunter2", MASK),
        ("NEXTAUTH_SECRET", "hunter2", MASK),
        ("STRIPE_KEY", "hunter2", MASK),
        ("SENTRY_DSN", "hunter2", MASK),
        ("dbPassword", "hunter2", MASK),
        ("PAYMENTS", "sk_live_4eC39HqLyjWD", MASK),
        ("DATABASE_URL", "postgresql://u:hun/ter@2@h:1/d", f"postgresql://u:{MASK}@h:1/d"),
        ("DATABASE_URL", "postgresql://h/d?password=hunter2&x=1", f"postgresql://h/d?password={MASK}&x=1"),
        ("DATABASE_URL", "host=h password='hun ter2' user=u", f"host=h password={MASK} user=u"),
        ("DATABASE_URL", "postgresql://u:${POSTGRES_PASSWORD}@h/d", "postgresql://u:${POSTGRES_PASSWORD}@h/d"),
        ("REDIS_URL", "redis://:hunter2@h", f"redis://:{MASK}@h"),
        ("POSTGRES_USER", "postgres", "postgres"),
        ("NEXTAUTH_URL", "http://localhost:3000", "http://localhost:3000"),
        ("NEXT_PUBLIC_API_KEY", "open", "open"),
        ("KEYBOARD", "azerty", "azerty"),
        ("POSTGRES_PASSWORD", "", ""),
    ],
)
def test_secrets_are_dots(name: str, raw: str, shown: str) -> None:
    assert masked(name, raw) == shown
    assert is_secret(name, raw) == (MASK in shown or name == "POSTGRES_PASSWORD")


def test_secrets_are_known_in_full_to_be_kept_out_of_others_words() -> None:
    values = {
        "POSTGRES_PASSWORD": "hunter2",
        "DATABASE_URL": "postgresql://u:other@h/d",
        "A": "plain",
        "PGPASSWORD": "postgres",
    }
    assert secrets_of({**values, "PGPASSWORD": "postgres"}) == {"hunter2", "other"}
