"""Every form of a database URL becomes the same profile; what can't be used is named; nothing secret is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_studio.core.errors import InvalidUrl
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.core.url_parameters import NO_POOL_TIMEOUT_S
from nexus_studio.core.urls import is_rehearsal, looks_like_production, profile_from_url, url_of

SECRET = "s3cret-Ω"


def libpq(url: str) -> dict[str, str]:
    return dict(profile_from_url(url).profile.libpq)


def warnings(url: str) -> dict[str, str]:
    return {warning.parameter: warning.code for warning in profile_from_url(url).warnings}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:pw@db.example.com:5434/nexus_dev",
        "postgres://ada:pw@db.example.com:5434/nexus_dev",
        "POSTGRESQL://ada:pw@db.example.com:5434/nexus_dev",
        "postgresql+psycopg://ada:pw@db.example.com:5434/nexus_dev",
        "postgresql+psycopg2://ada:pw@db.example.com:5434/nexus_dev",
        "postgresql+asyncpg://ada:pw@db.example.com:5434/nexus_dev",
        "postgresql://ada:pw@db.example.com:5434/nexus_dev?schema=public",
        "jdbc:postgresql://db.example.com:5434/nexus_dev?user=ada&password=pw",
        "host=db.example.com port=5434 dbname=nexus_dev user=ada password=pw",
        "host = 'db.example.com' port = '5434' dbname='nexus_dev' user=ada password='pw'",
        '"postgresql://ada:pw@db.example.com:5434/nexus_dev"',
        "  'postgresql://ada:pw@db.example.com:5434/nexus_dev'\n",
        'DATABASE_URL="postgresql://ada:pw@db.example.com:5434/nexus_dev"',
        'export DATABASE_URL="postgresql://ada:pw@db.example.com:5434/nexus_dev"',
    ],
)
def test_every_form_means_the_same(url: str) -> None:
    parsed = profile_from_url(url, name="n", environment=Environment.CI)
    assert parsed.profile == ConnectionProfile(
        "n", "db.example.com", 5434, "nexus_dev", "ada", environment=Environment.CI, public_given="schema=" in url
    )
    assert parsed.secret == "pw"
    assert parsed.warnings == ()


@pytest.mark.parametrize(
    ("url", "host", "port", "database", "user", "secret"),
    [
        ("postgresql://", "", 5432, "", "", None),
        ("postgresql:///app", "", 5432, "app", "", None),
        ("postgresql://localhost", "localhost", 5432, "", "", None),
        ("postgresql://ada@", "", 5432, "", "ada", None),
        ("postgresql://ada:@/app", "", 5432, "app", "ada", None),
        ("postgresql://[::1]:5433/app", "::1", 5433, "app", "", None),
        ("postgresql://%2Fvar%2Frun/app", "/var/run", 5432, "app", "", None),
        ("postgresql://ada:@/app?host=/var/run/pg%20x", "/var/run/pg x", 5432, "app", "ada", None),
        ("postgresql:///app?host=db&port=5433&user=ada&password=p", "db", 5433, "app", "ada", "p"),
        ("postgresql://a%40b:p%40%2F%3A%3F%23@h/d%20b", "h", 5432, "d b", "a@b", "p@/:?#"),
        ("postgresql://ada:p#ss@w@h/app", "h", 5432, "app", "ada", "p#ss@w"),
        ("postgresql://ada:100%@h/app", "h", 5432, "app", "ada", "100%"),
        (r"host=h password='it\'s \\ ok' dbname=''", "h", 5432, "", "", "it's \\ ok"),
        ("hostaddr=10.0.0.1 dbname=x", "10.0.0.1", 5432, "x", "", None),
    ],
)
def test_parts(url: str, host: str, port: int, database: str, user: str, secret: str | None) -> None:
    parsed = profile_from_url(url)
    found = parsed.profile
    assert (found.host, found.port, found.database, found.user, parsed.secret) == (host, port, database, user, secret)
    assert parsed.warnings == ()


def test_several_hosts() -> None:
    for url in (
        "postgresql://a:1,b:2,c/db",
        "postgresql+psycopg:///db?host=a:1&host=b:2&host=c:5432",
        "host=a,b,c port=1,2,5432 dbname=db",
    ):
        profile = profile_from_url(url).profile
        assert (profile.host, profile.port, dict(profile.libpq)) == ("a,b,c", 1, {"port": "1,2,5432"})


def test_libpq_parameters_pass() -> None:
    query = "sslmode=verify-full&sslrootcert=/c/root.crt&sslcert=/c/c.crt&sslkey=/c/c.key&connect_timeout=7&service=s"
    query += "&options=-c%20geqo%3Doff&target_session_attrs=read-write&keepalives_idle=30&application_name=me"
    found = libpq(f"postgresql://h/d?{query}")
    assert found == {
        "sslmode": "verify-full",
        "sslrootcert": "/c/root.crt",
        "sslcert": "/c/c.crt",
        "sslkey": "/c/c.key",
        "connect_timeout": "7",
        "service": "s",
        "options": "-c geqo=off",
        "target_session_attrs": "read-write",
        "keepalives_idle": "30",
        "application_name": "me",
    }


def test_prisma() -> None:
    url = (
        "postgresql://h/d?schema=Shop&connection_limit=3&pool_timeout=4.5&pgbouncer=true&socket_timeout=3&sslidentity=x"
    )
    profile = profile_from_url(url).profile
    assert (profile.schema, profile.pool_size, profile.pool_timeout, profile.pooler) == ("Shop", 3, 4.5, True)
    assert profile.libpq == ()
    assert warnings(url) == {
        "socket_timeout": "url.parameter_without_meaning",
        "sslidentity": "url.parameter_without_meaning",
    }
    assert profile_from_url("postgresql://h/d?pool_timeout=0").profile.pool_timeout == NO_POOL_TIMEOUT_S
    assert libpq("postgresql://h/d?sslaccept=strict") == {"sslmode": "verify-full", "sslrootcert": "system"}
    assert libpq("postgresql://h/d?sslaccept=strict&sslcert=/ca.pem") == {
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
    }
    assert libpq("postgresql://h/d?sslmode=prefer&sslaccept=accept_invalid_certs") == {"sslmode": "require"}
    assert libpq("postgresql://h/d?sslmode=disable&sslaccept=strict") == {"sslmode": "disable"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ssl=require", {"sslmode": "require"}),
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=false", {"sslmode": "disable"}),
        ("ssl=verify-full", {"sslmode": "verify-full"}),
        ("sslmode=no-verify", {"sslmode": "require"}),
        ("timeout=5.5", {"connect_timeout": "6"}),
        ("connect_timeout=0.2", {"connect_timeout": "1"}),
        ("loginTimeout=5&ApplicationName=x&targetServerType=primary",
         {"connect_timeout": "5", "application_name": "x", "target_session_attrs": "primary"}),
        ("sslmode=", {}),
    ],
)  # fmt: skip
def test_other_drivers_parameters(query: str, expected: dict[str, str]) -> None:
    assert libpq(f"postgresql://h/d?{query}") == expected


@pytest.mark.parametrize("query", ["statement_cache_size=0", "prepareThreshold=0", "prepare_threshold=None"])
def test_no_prepared_statements_means_a_pooler(query: str) -> None:
    assert profile_from_url(f"postgresql://h/d?{query}").profile.pooler


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("colour=red", "parameter_unknown"),
        ("prepared_statement_cache_size=500", "parameter_without_meaning"),
        ("client_encoding=latin1", "parameter_without_meaning"),
        ("replication=database", "parameter_without_meaning"),
        ("connect_timeout=soon", "value_invalid"),
        ("connection_limit=lots", "value_invalid"),
        ("pool_timeout=-1", "value_invalid"),
        ("pgbouncer=perhaps", "value_invalid"),
        ("sslaccept=perhaps", "value_invalid"),
        ("keepalives=x", "value_invalid"),
    ],
)
def test_what_has_no_meaning_is_named_and_not_passed_on(query: str, code: str) -> None:
    url = f"postgresql://h/d?{query}"
    assert warnings(url) == {query.partition("=")[0]: f"url.{code}"}
    assert profile_from_url(url).profile == profile_from_url("postgresql://h/d").profile


def test_a_secret_parameter_is_used_and_said_not_to_be_saved() -> None:
    url = "postgresql://h/d?sslpassword=pw"
    assert libpq(url) == {"sslpassword": "pw"}
    assert warnings(url) == {"sslpassword": "url.secret_not_saved"}
    assert "sslpassword" not in url_of(profile_from_url(url).profile)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "empty"),
        ('""', "empty"),
        ("mysql://ada:{}@h/d", "scheme"),
        ("prisma://accelerate/?api_key={}", "scheme"),
        ("prisma+postgres://accelerate/?api_key={}", "scheme"),
        ("file:./dev.db", "scheme"),
        ("nonsense {}", "scheme"),
        ("postgresql:ada:{}@h/d", "scheme"),
        ("postgresql://ada:{}@h:5x/d", "port"),
        ("postgresql://ada:{}@h:0/d", "port"),
        ("postgresql://ada:{}@h:65536/d", "port"),
        ("postgresql://ada:{}@h:²/d", "port"),
        ("host=h port=abc password={}", "port"),
        ("postgresql://ada:{}@[::1/d", "syntax"),
        ("host=h password='{}", "syntax"),
        ("postgresql://ada:{}/x@h/d", "unencoded"),
        ("postgresql://ada:{}%ff@h/d", "encoding"),
        ("postgresql://ada:{}%00@h/d", "encoding"),
        ("postgresql://${{USER}}:{}@h/d", "placeholder"),
        ("postgresql://ada:{}@$HOST/d", "placeholder"),
        ("postgresql://ada:{}@h/d?sslmode=maybe", "value"),
    ],
)
def test_nonsense_is_refused_without_repeating_it(url: str, reason: str) -> None:
    with pytest.raises(InvalidUrl) as caught:
        profile_from_url(url.format(SECRET))
    assert caught.value.facts["reason"] == reason
    everything = repr((str(caught.value), caught.value.args, caught.value.facts, caught.value.__cause__))
    assert SECRET not in everything
    assert caught.value.__context__ is None


def test_the_name_is_the_place_when_none_is_given() -> None:
    assert profile_from_url("postgresql://ada:pw@h:1/d").profile.name == "d @ h:1"
    assert profile_from_url("service=live").profile.name == "live"
    assert "pw" not in repr(profile_from_url("postgresql://ada:pw@h:1/d"))


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(
    host=st.one_of(
        st.from_regex(r"[a-z][a-z0-9.-]{0,10}", fullmatch=True), st.just("::1"), words.map(lambda t: "/" + t)
    ),
    port=st.integers(1, 65535),
    database=words,
    user=words,
    schema=words.filter(bool),
    pooler=st.booleans(),
    pool_size=st.none() | st.integers(1, 99),
    options=words.filter(bool),
)
def test_round_trip(
    host: str, port: int, database: str, user: str, schema: str, pooler: bool, pool_size: int | None, options: str
) -> None:
    profile = ConnectionProfile(
        "n", host, port, database, user, schema=schema, pooler=pooler, pool_size=pool_size,
        libpq=(("options", options), ("sslmode", "require")),
    )  # fmt: skip
    again = profile_from_url(url_of(profile), name="n")
    assert again.profile == profile
    assert again.warnings == ()
    assert again.secret is None


def test_round_trip_of_the_schema_public() -> None:
    profile = profile_from_url("postgresql://a:1/db?schema=public", name="n").profile
    assert profile.public_given
    assert profile_from_url(url_of(profile), name="n").profile == profile


def test_round_trip_of_hosts_and_endless_pool_timeout() -> None:
    profile = profile_from_url("postgresql://a:1,b:2/db?pool_timeout=0", name="n").profile
    assert url_of(profile) == "postgresql://a:1,b:2/db?pool_timeout=0"
    assert profile_from_url(url_of(profile), name="n").profile == profile


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://localhost/d", False),
        ("postgresql:///d", False),
        ("postgresql://postgres-db/d", False),
        ("postgresql://192.168.1.4/d", False),
        ("postgresql://nas.local/d", False),
        ("postgresql://staging-db.example.com/d", False),
        ("postgresql://db.example.com/app_test", False),
        ("postgresql://db.example.com/nexus_prod", True),
        ("postgresql://x.eu-west-3.rds.amazonaws.com/app", True),
        ("postgresql://8.8.8.8/d", True),
        ("postgresql://ep-devout-sun.neon.tech/latest", True),
        ("postgresql://db.nexus.dev/app", True),
        ("postgresql://dev.nexus.dev/app", False),
        ("postgresql://localhost,db.example.com/app", True),
        ("postgresql://db.example.com,localhost/app_dev", False),
    ],
)
def test_looks_like_production(url: str, expected: bool) -> None:
    assert looks_like_production(profile_from_url(url).profile) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://staging-db.example.com/d", True),
        ("postgresql://db.example.com/d_dev", True),
        ("postgresql:///shop?host=/home/dev/sockets", False),
        ("postgresql:///shop_qa?host=/run/postgresql", True),
        ("postgresql://db.nexus.dev/shop", False),
    ],
)
def test_is_rehearsal(url: str, expected: bool) -> None:
    assert is_rehearsal(profile_from_url(url).profile) is expected
