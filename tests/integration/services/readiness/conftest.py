"""One server for all tests of a module, ready for production in every respect; each test gets a database of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from nexus_studio.core.admin import readinessrules
from tests.support.readiness_bench import Production, Site, production_on, ready_site

MakeProduction = Callable[..., Production]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The server, the repository and the application around it."""
    with tempfile.TemporaryDirectory(prefix="nxs-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # a server run as root works under another user
        with ready_site(Path(folder)) as made:
            yield made


@pytest.fixture
def make_production(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeProduction]:
    """A function that makes a production in which nothing is wrong, with a database of its own or a shared one."""
    monkeypatch.setenv("HOME", str(tmp_path))  # where libpq looks for certificates and passwords
    monkeypatch.setattr(readinessrules, "END_OF_LIFE", dict.fromkeys(range(12, 40), date(9999, 1, 1)))
    opened: list[Production] = []

    def make(*, is_shared: bool = False) -> Production:
        opened.append(production_on(site, tmp_path, is_shared=is_shared))
        return opened[-1]

    yield make
    for production in opened:
        production.close()


@pytest.fixture
def production(make_production: MakeProduction) -> Production:
    """A production in which nothing is wrong; its database is shared, and must be left as it is."""
    return make_production(is_shared=True)
