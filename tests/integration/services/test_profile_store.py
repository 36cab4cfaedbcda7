"""Profiles survive, the file is never harmed, and a secret stands in the keyring or nowhere."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.null
import keyring.errors
import pytest

from nexus_studio.core.errors import InvalidProfile
from nexus_studio.core.profiles import ConnectionProfile, Environment
from nexus_studio.services.paths import Paths
from nexus_studio.services.profile_store import ProfileStore

FULL = ConnectionProfile(
    'Live "é" [x.y]', "db.example.com", 5433, "nexus prod", "ada", environment=Environment.PRODUCTION, read_only=True,
    role="reader", schema="Shop", time_zone="Europe/Paris", masking=True, requires_reason=True, fills_updated_at=True,
    project=Path("/srv/projects/nexus"), python=Path("/srv/venvs/nexus/bin/python"),
    libpq=(("sslmode", "verify-full"), ("options", "-c geqo=off")), pool_size=3, pool_timeout=4.5, pooler=True,
)  # fmt: skip


class InMemory(keyring.backend.KeyringBackend):
    """A keyring that works, or fails as a locked one does."""

    priority = 5
    broken = False

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def _check(self) -> None:
        if self.broken:
            raise keyring.errors.KeyringLocked("locked")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if (service, username) not in self.kept:
            raise keyring.errors.PasswordDeleteError("none")
        del self.kept[service, username]


@pytest.fixture
def store() -> ProfileStore:
    return ProfileStore(Paths.default())


@pytest.fixture
def ring() -> Iterator[InMemory]:
    before = keyring.get_keyring()
    made = InMemory()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_nothing_saved_yet(store: ProfileStore) -> None:
    assert store.load() == ()
    assert not store.file.exists()


def test_every_field_comes_back(store: ProfileStore) -> None:
    plain = ConnectionProfile("local")
    store.save((FULL, plain))
    assert ProfileStore(Paths.default()).load() == (FULL, plain)
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600
    assert [file.name for file in store.file.parent.iterdir()] == [store.file.name]
    store.save((plain,))
    assert store.load() == (plain,)


def test_secrets_are_never_written(store: ProfileStore) -> None:
    profile = ConnectionProfile("x", libpq=(("sslpassword", "c4nary"), ("password", "c4nary"), ("sslmode", "require")))
    store.save((profile,))
    assert "c4nary" not in store.file.read_text()
    assert store.load()[0].libpq == (("sslmode", "require"),)


def test_what_a_newer_version_wrote_is_kept(store: ProfileStore) -> None:
    store.file.parent.mkdir(parents=True)
    store.file.write_text('format = 2\n[profiles.a]\nhost = "h"\nshape = "round"\n[other]\nx = 1\n')
    (profile,) = store.load()
    assert profile == ConnectionProfile("a", "h")
    store.save((ConnectionProfile("a", "g"),))
    text = store.file.read_text()
    assert 'shape = "round"' in text
    assert "format = 2" in text
    assert "[other]" in text
    assert store.load() == (ConnectionProfile("a", "g"),)


def test_a_broken_file_names_its_line_and_stays(store: ProfileStore) -> None:
    store.file.parent.mkdir(parents=True)
    broken = '[profiles.a]\nhost = "h"\nport = = 3\n'
    store.file.write_text(broken)
    for attempt in (store.load, lambda: store.save((FULL,))):
        with pytest.raises(InvalidProfile) as caught:
            attempt()
        assert caught.value.facts["line"] == 3
        assert caught.value.facts["file"] == str(store.file)
    assert store.file.read_text() == broken


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("port = '5432'", "port"),
        ("port = 0", "port"),
        ("port = true", "port"),
        ("environment = 'moon'", "environment"),
        ("read_only = 'no'", "read_only"),
        ("libpq = {connect_timeout = 3}", "libpq"),
        ("pool_size = 1.5", "pool_size"),
        ("host = 3", "host"),
    ],
)
def test_a_field_that_can_not_be_used_is_named(store: ProfileStore, line: str, field: str) -> None:
    store.file.parent.mkdir(parents=True)
    store.file.write_text(f"[profiles.a]\n{line}\n")
    with pytest.raises(InvalidProfile) as caught:
        store.load()
    assert (caught.value.facts["name"], caught.value.facts["field"]) == ("a", field)


def test_two_profiles_of_one_name_are_refused(store: ProfileStore) -> None:
    with pytest.raises(InvalidProfile):
        store.save((ConnectionProfile("a"), ConnectionProfile("a", "h")))
    assert not store.file.exists()


def test_the_keyring_keeps_finds_and_forgets(store: ProfileStore, ring: InMemory) -> None:
    assert store.keyring_state().available
    assert store.secret_for(FULL) is None
    assert store.remember(FULL, "c4nary")
    assert store.secret_for(FULL) == "c4nary"
    assert store.secret_for(FULL.with_database("other")) is None
    store.forget(FULL)
    store.forget(FULL)
    assert store.secret_for(FULL) is None
    assert not ring.kept


def test_pgpassword_goes_before_the_keyring(
    store: ProfileStore, ring: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.remember(FULL, "kept")
    monkeypatch.setenv("PGPASSWORD", "wanted")
    assert store.secret_for(FULL) is None


def test_a_locked_keyring_is_told_honestly(store: ProfileStore, ring: InMemory) -> None:
    ring.broken = True
    assert not store.remember(FULL, "c4nary")
    assert store.secret_for(FULL) is None
    store.forget(FULL)


def test_a_keyring_that_keeps_nothing_is_told_honestly(store: ProfileStore) -> None:
    keyring.set_keyring(keyring.backends.null.Keyring())
    assert not store.keyring_state().available
    assert not store.remember(FULL, "c4nary")
    assert store.secret_for(FULL) is None
