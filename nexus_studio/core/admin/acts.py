"""Act: one thing that changes or destroys, and per environment the rail it runs on. Declared once, for every door.

The command line, the window's buttons, the tests that try them all and the table in docs/safety.md read this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from nexus_studio.core.profiles import Capability, Environment


class Rail(Enum):
    """What stands between a person and an act."""

    FREE = "free"
    """It is just done."""

    ASKED = "asked"
    """The window asks first; the command line does where something is lost (`--yes` in a script)."""

    NAMED = "named"
    """The database's name must be typed; on the command line `--confirm NAME`."""

    REVIEWED = "reviewed"
    """Unlocked, and what is to be written was looked at; on the command line `--unlock REASON --confirm NAME`."""

    UNLOCKED = "unlocked"
    """As NAMED, in a session that was unlocked with a reason; on the command line `--unlock REASON` as well."""

    REFUSED = "refused"
    """It is not done there, whoever asks."""

    @property
    def is_named(self) -> bool:
        """Whether the command line wants the database's name."""
        return self in {Rail.NAMED, Rail.REVIEWED, Rail.UNLOCKED}

    @property
    def is_locked(self) -> bool:
        """Whether the session must have been unlocked."""
        return self in {Rail.REVIEWED, Rail.UNLOCKED}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that changes or destroys.

    `does` says it in a few English words, for docs/safety.md. `capability` is what `Session.require` is asked for.
    `command` are the words of the command line, an option among them where it makes it another act; () for none.
    `button` is the objectName of the button that does it in the window, "" where there is none. What is only ever done
    along with other acts has neither: `within` are their ids, and `option` asks for it on their commands. In the window
    it is a choice beside their buttons. Then the stricter of both rails counts.
    """

    id: str
    does: str
    capability: Capability
    is_destructive: bool
    command: tuple[str, ...]
    button: str
    rails: Mapping[Environment, Rail]
    option: str = ""
    within: tuple[str, ...] = ()


def _rails(own: Rail, staging: Rail, production: Rail) -> Mapping[Environment, Rail]:
    """Return rails; `own` are those of databases that are one's own: demo, development, CI."""
    mine = dict.fromkeys((Environment.DEMO, Environment.DEVELOPMENT, Environment.CI), own)
    return MappingProxyType({**mine, Environment.STAGING: staging, Environment.PRODUCTION: production})


_REFUSED: Final = (Rail.REFUSED, Rail.REFUSED)  # in staging and in production
_C = Capability

ACTS: Final[tuple[Act, ...]] = (
    Act(
        "rows.save",
        "save staged edits of rows",
        _C.WRITE,
        True,
        ("set",),
        "review.save",
        _rails(Rail.FREE, Rail.FREE, Rail.REVIEWED),
    ),
    Act(
        "rows.duplicate",
        "write copies of a row and of rows that point to it (in the window they are only staged)",
        _C.WRITE,
        False,
        ("duplicate",),
        "",
        _rails(Rail.FREE, Rail.FREE, Rail.REVIEWED),
    ),
    Act(
        "history.revert",
        "take a saved change set back (in the window it is only staged)",
        _C.WRITE,
        True,
        ("history", "revert"),
        "history.revert",
        _rails(Rail.FREE, Rail.FREE, Rail.REVIEWED),
    ),
    Act(
        "history.prune",
        "delete old change sets from this machine's history",
        _C.BROWSE,  # the database is not touched
        True,
        ("history", "prune"),
        "history.prune",
        _rails(Rail.ASKED, Rail.ASKED, Rail.ASKED),
    ),
    Act(
        "history.share",
        "make the table of a history that a team shares",
        _C.MAINTAIN,
        False,
        ("history", "share"),
        "history.share",
        _rails(Rail.ASKED, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act(
        "drafts.discard",
        "forget staged edits that a crash left behind",
        _C.BROWSE,  # the database is not touched
        True,
        ("drafts", "discard"),
        "draft_discard",
        _rails(Rail.ASKED, Rail.ASKED, Rail.ASKED),
    ),
    Act(
        "rows.reveal",
        "look at one masked value (the history keeps it; a reason where the connection asks for one)",
        _C.BROWSE,
        False,
        (),  # the command line stays masked
        "reveal.show",
        _rails(Rail.FREE, Rail.FREE, Rail.FREE),
    ),
    Act(
        "rows.import",
        "import rows from a file into a table",
        _C.WRITE,
        True,
        ("import",),
        "import_rows.run",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "migrate.deploy",
        "apply pending migrations",
        _C.MIGRATE,
        True,
        ("migrate", "deploy"),
        "deploy_dialog.deploy",
        _rails(Rail.FREE, Rail.FREE, Rail.UNLOCKED),
    ),
    Act(
        "migrate.dev",
        "write a migration and apply it",
        _C.PROTOTYPE,
        True,
        ("migrate", "dev"),
        "",
        _rails(Rail.FREE, *_REFUSED),
    ),
    Act(
        "migrate.push",
        "bring the database to the models",
        _C.PROTOTYPE,
        True,
        ("migrate", "push"),
        "push_dialog.push",
        _rails(Rail.ASKED, *_REFUSED),
    ),
    Act(
        "migrate.downgrade",
        "take migrations back",
        _C.MIGRATE,
        True,
        ("migrate", "downgrade"),
        "downgrade_dialog.run",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "migrate.stamp",
        "record that a revision is there",
        _C.MIGRATE,
        False,
        ("migrate", "stamp"),
        "stamp_dialog.stamp",
        _rails(Rail.ASKED, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act(
        "migrate.resolve",
        "go a way out of a failed migration",
        _C.MIGRATE,
        True,
        ("migrate", "resolve"),
        "resolve_page.go",
        _rails(Rail.ASKED, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act(
        "migrate.restore",
        "write the version table again",
        _C.MIGRATE,
        False,
        (),
        "restore_dialog.restore",
        _rails(Rail.ASKED, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act("seed.run", "run a seed", _C.SEED, False, ("seed",), "seeds.run", _rails(Rail.FREE, *_REFUSED)),
    Act(
        "reset.reset",
        "drop everything, migrate and seed",
        _C.RESET,
        True,
        ("reset",),
        "reset.reset",
        _rails(Rail.NAMED, *_REFUSED),
    ),
    Act("reset.empty", "empty tables", _C.RESET, True, ("empty",), "reset.empty", _rails(Rail.NAMED, *_REFUSED)),
    Act(
        "reset.recreate",
        "drop the database and make it again",
        _C.RESET,
        True,
        ("recreate",),
        "reset.recreate",
        _rails(Rail.NAMED, *_REFUSED),
    ),
    Act(
        "shelf.take",
        "keep the database's state on a shelf",
        _C.RESET,
        False,
        ("shelf", "take"),
        "shelves.take",
        _rails(Rail.FREE, *_REFUSED),
    ),
    Act(
        "shelf.put_back",
        "put a state back from its shelf",
        _C.RESET,
        True,
        ("shelf", "put-back"),
        "shelves.put_back",
        _rails(Rail.ASKED, *_REFUSED),
    ),
    Act(
        "shelf.drop",
        "drop a shelf",
        _C.RESET,
        True,
        ("shelf", "drop"),
        "shelves.drop",
        _rails(Rail.ASKED, *_REFUSED),
    ),
    Act(
        "sessions.end",
        "end the connections of others",
        _C.RESET,
        True,
        (),
        "",
        _rails(Rail.NAMED, *_REFUSED),
        option="--end-others",
        within=("reset.reset", "reset.empty", "reset.recreate", "shelf.take", "shelf.put_back", "backup.restore"),
    ),
    Act(
        "backup.create",
        "make a backup",
        _C.BROWSE,  # it only reads
        False,
        ("backup", "create"),
        "backups.create",
        _rails(Rail.FREE, Rail.FREE, Rail.FREE),
    ),
    Act(
        "backup.prune",
        "delete old backups by a rule",
        _C.MAINTAIN,
        True,
        ("backup", "prune"),
        "backups.prune",
        _rails(Rail.ASKED, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act(
        "backup.restore",
        "restore a backup",
        _C.RESTORE,
        True,
        ("backup", "restore"),
        "backups.restore",
        _rails(Rail.NAMED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "backup.dismiss",
        "drop the old database that a restore has kept",
        _C.RESTORE,
        True,
        ("backup", "dismiss"),
        "backups.dismiss",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "maintain.vacuum",
        "VACUUM tables, with or without ANALYZE",
        _C.MAINTAIN,
        False,
        ("vacuum",),
        "maintain.vacuum",
        _rails(Rail.FREE, Rail.FREE, Rail.UNLOCKED),
    ),
    Act(
        "maintain.analyze",
        "ANALYZE tables",
        _C.MAINTAIN,
        False,
        ("analyze",),
        "maintain.analyze",
        _rails(Rail.FREE, Rail.FREE, Rail.UNLOCKED),
    ),
    Act(
        "maintain.full",
        "write tables anew with VACUUM FULL",
        _C.MAINTAIN,
        False,
        ("vacuum", "--full"),
        "maintain.full",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "maintain.reindex",
        "build indexes anew, concurrently",
        _C.MAINTAIN,
        False,
        ("reindex",),
        "maintain.reindex",
        _rails(Rail.FREE, Rail.ASKED, Rail.UNLOCKED),
    ),
    Act(
        "maintain.cluster",
        "write tables anew in the order of an index",
        _C.MAINTAIN,
        False,
        ("cluster",),
        "maintain.cluster",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "maintain.advice",
        "run the SQL of an advice",
        _C.MAINTAIN,
        True,
        (),
        "maintain.advice",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "activity.cancel",
        "stop what a session does",
        _C.MAINTAIN,
        True,
        ("activity", "cancel"),
        "activity.cancel",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "activity.terminate",
        "end a session",
        _C.MAINTAIN,
        True,
        ("activity", "terminate"),
        "activity.terminate",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "import.sqlite",
        "import rows from an SQLite file",
        _C.IMPORT,
        True,
        ("import-sqlite",),
        "import.run",
        _rails(Rail.NAMED, Rail.NAMED, Rail.REFUSED),
    ),
    Act(
        "database.create",
        "create the missing database",
        _C.CREATE,
        False,
        (),
        "step_database_create",
        _rails(Rail.FREE, Rail.FREE, Rail.REFUSED),
    ),
    Act(
        "database.declare",
        "have the database say what it is for",
        _C.MAINTAIN,
        False,
        ("declare",),
        "declare.do",
        _rails(Rail.ASKED, Rail.NAMED, Rail.UNLOCKED),
    ),
    Act(
        "server.stop",
        "stop the project's own server",
        _C.CREATE,
        True,
        ("server", "stop"),
        "server.stop",
        _rails(Rail.ASKED, Rail.ASKED, Rail.REFUSED),
    ),
)

_BY_ID: Final[Mapping[str, Act]] = MappingProxyType({each.id: each for each in ACTS})


def act(name: str) -> Act:
    """Return the act of an id, such as "reset.empty"."""
    return _BY_ID[name]


def rail(act: Act, environment: Environment) -> Rail:
    """Return what stands between a person and an act in an environment."""
    return act.rails[environment]
