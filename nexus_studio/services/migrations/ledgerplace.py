"""Decides where the ledger of a database is kept: in it, on this machine, or nowhere before somebody was asked."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from nexus_studio.core.admin.ledgerentries import LedgerPlace
from nexus_studio.core.profiles import Environment
from nexus_studio.services.migrations.ledger import DatabaseLedger, Ledger
from nexus_studio.services.migrations.ledgerchanges import PURPOSE
from nexus_studio.services.migrations.ledgertable import LedgerHome, VersionTable, read_home
from nexus_studio.services.migrations.localledger import LocalLedger, local_file
from nexus_studio.services.paths import Paths
from nexus_studio.services.session import Session

_LEDGER_PURPOSE = f"{PURPOSE} ledger"


def ledger_for(
    session: Session,
    paths: Paths,
    connection: Connection,
    version: VersionTable,
    *,
    is_bundled: bool,
    wish: LedgerPlace | None = None,
) -> Ledger | None:
    """Return the ledger of the session's database; None: nobody was asked yet ("migration.ledger_unasked").

    A table that is there is used. Else the database is ours if the project is the bundled one or the environment is the
    demo's, or if a person said so by `wish`; a file on this machine tells that they declined before. One query.

    Args:
        session: The database.
        paths: Where the local one would be.
        connection: An open one of the session, for the query; it may be READ ONLY.
        version: The project's version table.
        is_bundled: Whether the project is the one that travels with the program.
        wish: What a person answered: DATABASE or LOCAL.
    """
    home = read_home(connection, version)
    file = local_file(paths.data, session.profile)
    local = partial(LocalLedger, file, version.name, role=home.role)
    is_ours = is_bundled or session.profile.environment is Environment.DEMO
    refusal = _refusal(session, home)
    if home.exists and home.may_read:
        if refusal == "permission":
            return local(refusal, shared=home)
        return _in_database(session, home, version)
    if wish is LedgerPlace.LOCAL:
        return local("declined")
    if is_ours or wish is LedgerPlace.DATABASE or home.exists:
        return local(refusal) if refusal else _in_database(session, home, version)
    return local("declined") if file.exists() else None


def _refusal(session: Session, home: LedgerHome) -> str:
    if not home.takes_rows:
        return "permission"
    return "read_only" if session.is_read_only else ""


def _in_database(session: Session, home: LedgerHome, version: VersionTable) -> DatabaseLedger:
    role = session.profile.role if session.profile.pooler else None
    return DatabaseLedger(home, partial(session.alone, purpose=_LEDGER_PURPOSE), version, role or "")
