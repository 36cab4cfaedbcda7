"""The SQL that takes one fact of a catalog away, makes it again, or sets it back; by kind. No connection.

Names are quoted identifiers; definitions are PostgreSQL's own text, read from its catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import LiteralString

from psycopg import sql

from nexus_studio.core.admin.evidence import FactKey, Facts

Maker = Callable[[FactKey, str, Facts], sql.Composable | None]
"""Makes a statement of a fact's key, a definition, and the facts that are to be in the end; None: it can't be done."""


def dropping(key: FactKey, found: str, facts: Facts) -> sql.Composable | None:
    """Return what takes a fact away whose definition is `found`; None where nothing can."""
    maker = _DROPS.get(key.kind)
    return maker(key, found, facts) if maker else None


def making(key: FactKey, wanted: str, facts: Facts) -> sql.Composable | None:
    """Return what makes a fact that is gone; None where nothing can (rows would be missing)."""
    maker = _MAKES.get(key.kind)
    return maker(key, wanted, facts) if maker else None


def altering(key: FactKey, wanted: str, facts: Facts) -> sql.Composable | None:
    """Return what sets a fact in its place to another definition; None where it has to be dropped and made again."""
    maker = _ALTERS.get(key.kind)
    return maker(key, wanted, facts) if maker else None


def raw(definition: str) -> sql.SQL:
    """Take PostgreSQL's own text of a definition as it is."""
    return sql.SQL(definition)


def _say(text: LiteralString, *parts: sql.Composable) -> sql.Composed:
    return sql.SQL(text).format(*parts)


def _name(key: FactKey) -> sql.Identifier:
    return sql.Identifier(*key.name[:2])


def _last(key: FactKey) -> sql.Identifier:
    return sql.Identifier(key.name[-1])


def _on_relation(text: LiteralString) -> Maker:
    """`text` has holes for the relation and for the thing's own name, in this order."""
    return lambda key, _definition, _facts: _say(text, _name(key), _last(key))


def _of_relation(text: LiteralString) -> Maker:
    """`text` has a hole for the relation alone."""
    return lambda key, _definition, _facts: _say(text, _name(key))


def _defined(text: LiteralString) -> Maker:
    """`text` has holes for the relation, the thing's own name and its definition."""
    return lambda key, definition, _facts: _say(text, _name(key), _last(key), raw(definition))


def _with_definition(text: LiteralString) -> Maker:
    """`text` has holes for the relation and the definition."""
    return lambda key, definition, _facts: _say(text, _name(key), raw(definition))


def _as_it_is(_key: FactKey, definition: str, _facts: Facts) -> sql.Composable:
    return raw(definition)


def _alone(text: LiteralString) -> Maker:
    """`text` has a hole for a name without a schema."""
    return lambda key, _definition, _facts: _say(text, sql.Identifier(key.name[0]))


def _routine(text: LiteralString) -> Maker:
    return lambda key, _definition, _facts: _say(text, _name(key), raw(key.name[2]))


# Indexes: built and dropped without a lock on a table that stays, where PostgreSQL can.

_INDEX = re.compile(r"(CREATE (?:UNIQUE )?INDEX )")


def _is_partitioned(key: FactKey, facts: Facts) -> bool:
    return facts.get(FactKey("table", key.name[:2]), "").startswith("PARTITION")


def _drop_index(key: FactKey, _found: str, facts: Facts) -> sql.Composable:
    name = sql.Identifier(key.name[0], key.name[2])
    if _is_partitioned(key, facts):
        return _say("DROP INDEX {}", name)
    return _say("DROP INDEX CONCURRENTLY {}", name)


def _make_index(key: FactKey, wanted: str, facts: Facts) -> sql.Composable | None:
    if wanted.startswith("INVALID "):
        return raw("")  # nobody needs an invalid index back
    return raw(wanted if _is_partitioned(key, facts) else _INDEX.sub(r"\1CONCURRENTLY ", wanted, count=1))


# What columns and domains have


def _column(for_column: LiteralString, for_domain: LiteralString | None = None) -> Maker:
    """Words for a column ("{}" relation, "{}" column) and for a domain; the definition follows."""

    def make(key: FactKey, definition: str, _facts: Facts) -> sql.Composable | None:
        if len(key.name) == _OF_DOMAIN:
            return _say(for_domain, _name(key), raw(definition)) if for_domain else None
        return _say(for_column, _name(key), _last(key), raw(definition))

    return make


_OF_DOMAIN = 2  # parts of a name: schema and domain


def _make_not_null(key: FactKey, wanted: str, facts: Facts) -> sql.Composable | None:
    if wanted != "NOT NULL":
        return None
    maker = _column("ALTER TABLE {} ALTER COLUMN {} SET {}", "ALTER DOMAIN {} SET {}")
    return maker(key, wanted, facts)


def _make_type(key: FactKey, wanted: str, facts: Facts) -> sql.Composable | None:
    if wanted.startswith("DOMAIN "):
        return _say("CREATE DOMAIN {} AS {}", _name(key), raw(wanted.removeprefix("DOMAIN ")))
    if wanted != "ENUM":
        return None
    labels = sql.SQL(", ").join(sql.Literal(label) for label in _labels(key, facts))
    return _say("CREATE TYPE {} AS ENUM ({})", _name(key), labels)


def _labels(key: FactKey, facts: Facts) -> list[str]:
    """Return an enum's values in their order: each names the one before it."""
    follower = {
        definition: each.name[2]
        for each, definition in facts.items()
        if each.kind == "enum_value" and each.name[:2] == key.name
    }
    labels: list[str] = []
    label = follower.get("FIRST")
    while label is not None:
        labels.append(label)
        quoted = "'" + label.replace("'", "''") + "'"
        label = follower.get(f"AFTER {quoted}")
    return labels


def _drop_type(key: FactKey, found: str, _facts: Facts) -> sql.Composable:
    return _say("DROP DOMAIN {}" if found.startswith("DOMAIN ") else "DROP TYPE {}", _name(key))


def _make_matview(key: FactKey, wanted: str, facts: Facts) -> sql.Composable:
    is_populated = FactKey("populated", key.name) in facts
    body = raw(wanted.rstrip().rstrip(";"))
    text: LiteralString = "CREATE MATERIALIZED VIEW {} {} WITH {}"
    return _say(text, _name(key), body, sql.SQL("DATA" if is_populated else "NO DATA"))


def _make_owned(key: FactKey, _wanted: str, _facts: Facts) -> sql.Composable:
    return _say("ALTER SEQUENCE {} OWNED BY {}", _name(key), sql.Identifier(*key.name[2:]))


def _option_names(key: FactKey, found: str, _facts: Facts) -> sql.Composable:
    names = [each.partition("=")[0] for each in found.split(", ")]
    return _say("ALTER TABLE {} RESET ({})", _name(key), raw(", ".join(names)))


def _make_options(key: FactKey, wanted: str, _facts: Facts) -> sql.Composable:
    return _say("ALTER TABLE {} SET ({})", _name(key), raw(wanted.replace("=", " = ")))


def _between(text: LiteralString) -> Maker:
    """`text` has holes for a parent, its child and the definition."""
    return lambda key, definition, _facts: _say(text, sql.Identifier(*key.name[2:4]), _name(key), raw(definition))


# Comments, privileges, owners

_COMMENTED: Mapping[str, LiteralString] = {
    "table": "TABLE",
    "view": "VIEW",
    "materialized view": "MATERIALIZED VIEW",
    "foreign table": "FOREIGN TABLE",
    "sequence": "SEQUENCE",
    "index": "INDEX",
    "type": "TYPE",
    "function": "FUNCTION",
    "procedure": "PROCEDURE",
    "aggregate": "AGGREGATE",
    "schema": "SCHEMA",
    "trigger": "TRIGGER",
    "table constraint": "CONSTRAINT",
    "policy": "POLICY",
    "rule": "RULE",
    "event trigger": "EVENT TRIGGER",
    "publication": "PUBLICATION",
    "statistics object": "STATISTICS",
    "server": "SERVER",
}


def _comment(key: FactKey, text: sql.Composable) -> sql.Composable | None:
    schema, relation, what, part = key.name
    word = _COMMENTED.get(what)
    if word is None:
        return None
    if not relation:  # `part` is what pg_identify_object calls it
        return _say("COMMENT ON {} {} IS {}", sql.SQL(word), raw(part), text)
    if part:
        return _say("COMMENT ON COLUMN {} IS {}", sql.Identifier(schema, relation, part), text)
    return _say("COMMENT ON {} {} IS {}", sql.SQL(word), sql.Identifier(schema, relation), text)


_PRIVILEGES_ON: Mapping[str, LiteralString] = {
    "table": "TABLE",
    "column": "TABLE",
    "sequence": "SEQUENCE",
    "type": "TYPE",
    "schema": "SCHEMA",
    "function": "ROUTINE",
}


def _privilege(text: LiteralString, key: FactKey, more: sql.Composable) -> sql.Composable:
    schema, name, what, part, grantee, privilege = key.name
    of = _say("{} ({})", raw(privilege), sql.Identifier(part)) if what == "column" else raw(privilege)
    target: sql.Composable = sql.Identifier(schema, name) if name else sql.Identifier(schema)
    if what == "function":
        target = _say("{}({})", target, raw(part))
    return _say(text, of, sql.SQL(_PRIVILEGES_ON[what]), target, _role(grantee), more)


def _role(name: str) -> sql.Composable:
    return sql.SQL("PUBLIC") if name == "PUBLIC" else sql.Identifier(name)


def _revoke(key: FactKey, _found: str, _facts: Facts) -> sql.Composable:
    return _privilege("REVOKE {} ON {} {} FROM {}{}", key, sql.SQL(""))


def _grant(key: FactKey, wanted: str, _facts: Facts) -> sql.Composable:
    return _privilege("GRANT {} ON {} {} TO {}{}", key, raw(f" {wanted}" if wanted else ""))


def _regrant(key: FactKey, wanted: str, facts: Facts) -> sql.Composable:
    if wanted:
        return _grant(key, wanted, facts)
    return _privilege("REVOKE GRANT OPTION FOR {} ON {} {} FROM {}{}", key, sql.SQL(""))


_DEFAULTS_ON: Mapping[str, LiteralString] = {
    "r": "TABLES",
    "S": "SEQUENCES",
    "f": "ROUTINES",
    "T": "TYPES",
    "n": "SCHEMAS",
}


def _default_privilege(verb: LiteralString, to: LiteralString) -> Maker:
    def make(key: FactKey, definition: str, _facts: Facts) -> sql.Composable | None:
        schema, on, role, grantee, privilege = key.name
        if on not in _DEFAULTS_ON:
            return None
        within = _say(" IN SCHEMA {}", sql.Identifier(schema)) if schema else sql.SQL("")
        option = raw(f" {definition}" if definition and verb == "GRANT" else "")
        return sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}{} {} {} ON {} {} {}{}").format(
            sql.Identifier(role),
            within,
            sql.SQL(verb),
            raw(privilege),
            sql.SQL(_DEFAULTS_ON[on]),
            sql.SQL(to),
            _role(grantee),
            option,
        )

    return make


def _owner(key: FactKey, wanted: str, _facts: Facts) -> sql.Composable:
    schema, name, what, part = key.name
    target: sql.Composable = sql.Identifier(schema, name) if name else sql.Identifier(schema)
    if what == "function":
        target = _say("{}({})", target, raw(part))
    return _say("ALTER {} {} OWNER TO {}", sql.SQL(_PRIVILEGES_ON[what]), target, sql.Identifier(wanted))


def _publish(key: FactKey, definition: str, _facts: Facts) -> sql.Composable | None:
    if definition:  # some columns or rows of it: their definition is not readable back
        return None
    return _say("ALTER PUBLICATION {} ADD TABLE {}", _last(key), _name(key))


_RARE: Mapping[str, LiteralString] = {
    "cast": "CAST",
    "operator": "OPERATOR",
    "operator_class": "OPERATOR CLASS",
    "operator_family": "OPERATOR FAMILY",
    "collation": "COLLATION",
    "conversion": "CONVERSION",
    "text_search_configuration": "TEXT SEARCH CONFIGURATION",
    "text_search_dictionary": "TEXT SEARCH DICTIONARY",
    "language": "LANGUAGE",
    "access_method": "ACCESS METHOD",
}


def _drop_rare(key: FactKey, _found: str, _facts: Facts) -> sql.Composable:
    return _say("DROP {} {}", sql.SQL(_RARE[key.kind]), raw(key.name[1]))


def _trigger_state(key: FactKey, wanted: str, _facts: Facts) -> sql.Composable:
    return _say("ALTER TABLE {} {} TRIGGER {}", _name(key), raw(wanted), _last(key))


def _replace_function(_key: FactKey, wanted: str, _facts: Facts) -> sql.Composable:
    return raw(wanted.rstrip())


_DROPS: dict[str, Maker] = {
    "schema": _alone("DROP SCHEMA {}"),
    "table": _of_relation("DROP TABLE {}"),
    "persistence": _of_relation("ALTER TABLE {} SET LOGGED"),
    "row_security": _of_relation("ALTER TABLE {} DISABLE ROW LEVEL SECURITY"),
    "forced_row_security": _of_relation("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY"),
    "options": _option_names,
    "replica_identity": _of_relation("ALTER TABLE {} REPLICA IDENTITY DEFAULT"),
    "partition": lambda key, _found, _facts: _say(
        "ALTER TABLE {} DETACH PARTITION {}", sql.Identifier(*key.name[2:4]), _name(key)
    ),
    "inherits": lambda key, _found, _facts: _say(
        "ALTER TABLE {} NO INHERIT {}", _name(key), sql.Identifier(*key.name[2:4])
    ),
    "column": _on_relation("ALTER TABLE {} DROP COLUMN {}"),
    "attribute": _on_relation("ALTER TYPE {} DROP ATTRIBUTE {}"),
    "not_null": lambda key, _found, facts: _column("ALTER TABLE {} ALTER COLUMN {} DROP {}", "ALTER DOMAIN {} DROP {}")(
        key, "NOT NULL", facts
    ),
    "default": lambda key, _found, facts: _column("ALTER TABLE {} ALTER COLUMN {} DROP {}", "ALTER DOMAIN {} DROP {}")(
        key, "DEFAULT", facts
    ),
    "identity": _on_relation("ALTER TABLE {} ALTER COLUMN {} DROP IDENTITY"),
    "constraint": _on_relation("ALTER TABLE {} DROP CONSTRAINT {}"),
    "domain_constraint": _on_relation("ALTER DOMAIN {} DROP CONSTRAINT {}"),
    "index": _drop_index,
    "sequence": _of_relation("DROP SEQUENCE {}"),
    "sequence_owner": _of_relation("ALTER SEQUENCE {} OWNED BY NONE"),
    "view": _of_relation("DROP VIEW {}"),
    "materialized_view": _of_relation("DROP MATERIALIZED VIEW {}"),
    "populated": _of_relation("REFRESH MATERIALIZED VIEW {} WITH NO DATA"),
    "trigger": lambda key, _found, _facts: _say("DROP TRIGGER {} ON {}", _last(key), _name(key)),
    "trigger_state": _on_relation("ALTER TABLE {} ENABLE TRIGGER {}"),
    "rule": lambda key, _found, _facts: _say("DROP RULE {} ON {}", _last(key), _name(key)),
    "policy": lambda key, _found, _facts: _say("DROP POLICY {} ON {}", _last(key), _name(key)),
    "statistics": lambda key, _found, _facts: _say("DROP STATISTICS {}", sql.Identifier(*key.name[2:4])),
    "publication_table": lambda key, _found, _facts: _say("ALTER PUBLICATION {} DROP TABLE {}", _last(key), _name(key)),
    "publication": _alone("DROP PUBLICATION {}"),
    "event_trigger": _alone("DROP EVENT TRIGGER {}"),
    "extension": _alone("DROP EXTENSION {}"),
    "foreign_data_wrapper": _alone("DROP FOREIGN DATA WRAPPER {}"),
    "server": _alone("DROP SERVER {}"),
    "user_mapping": lambda key, _found, _facts: _say(
        "DROP USER MAPPING FOR {} SERVER {}", _role(key.name[1]), sql.Identifier(key.name[0])
    ),
    "type": _drop_type,
    "function": _routine("DROP FUNCTION {}({})"),
    "procedure": _routine("DROP PROCEDURE {}({})"),
    "aggregate": _routine("DROP AGGREGATE {}({})"),
    "comment": lambda key, _found, _facts: _comment(key, sql.SQL("NULL")),
    "grant": _revoke,
    "default_privilege": _default_privilege("REVOKE", "FROM"),
    **dict.fromkeys(_RARE, _drop_rare),
}

_MAKES: dict[str, Maker] = {
    "schema": _alone("CREATE SCHEMA {}"),
    "persistence": _of_relation("ALTER TABLE {} SET UNLOGGED"),
    "row_security": _of_relation("ALTER TABLE {} ENABLE ROW LEVEL SECURITY"),
    "forced_row_security": _of_relation("ALTER TABLE {} FORCE ROW LEVEL SECURITY"),
    "options": _make_options,
    "replica_identity": _with_definition("ALTER TABLE {} REPLICA IDENTITY {}"),
    "partition": _between("ALTER TABLE {} ATTACH PARTITION {} {}"),
    "inherits": lambda key, _wanted, _facts: _say(
        "ALTER TABLE {} INHERIT {}", _name(key), sql.Identifier(*key.name[2:4])
    ),
    "not_null": _make_not_null,
    "default": _column("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}", "ALTER DOMAIN {} SET DEFAULT {}"),
    "storage": _column("ALTER TABLE {} ALTER COLUMN {} SET STORAGE {}"),
    "constraint": _defined("ALTER TABLE {} ADD CONSTRAINT {} {}"),
    "domain_constraint": _defined("ALTER DOMAIN {} ADD CONSTRAINT {} {}"),
    "index": _make_index,
    "sequence_owner": _make_owned,
    "view": lambda key, wanted, _facts: _say("CREATE VIEW {} {}", _name(key), raw(wanted.rstrip().rstrip(";"))),
    "materialized_view": _make_matview,
    "populated": _of_relation("REFRESH MATERIALIZED VIEW {}"),
    "trigger": _as_it_is,
    "trigger_state": _trigger_state,
    "rule": lambda _key, wanted, _facts: raw(wanted.rpartition(";")[0]),
    "policy": lambda key, wanted, _facts: _say("CREATE POLICY {} ON {} {}", _last(key), _name(key), raw(wanted)),
    "statistics": _as_it_is,
    "publication_table": _publish,
    "extension": lambda key, wanted, _facts: _say(
        "CREATE EXTENSION {} SCHEMA {}", sql.Identifier(key.name[0]), sql.Identifier(wanted)
    ),
    "type": _make_type,
    "function": _replace_function,
    "procedure": _replace_function,
    "comment": lambda key, wanted, _facts: _comment(key, sql.Literal(wanted)),
    "grant": _grant,
    "default_privilege": _default_privilege("GRANT", "TO"),
}

_ALTERS: dict[str, Maker] = {
    "not_null": _make_not_null,
    "default": _MAKES["default"],
    "identity": _column("ALTER TABLE {} ALTER COLUMN {} SET GENERATED {}"),
    "storage": _MAKES["storage"],
    "replica_identity": _MAKES["replica_identity"],
    "sequence": _with_definition("ALTER SEQUENCE {} {}"),
    "function": _replace_function,
    "procedure": _replace_function,
    "trigger_state": _trigger_state,
    "comment": _MAKES["comment"],
    "grant": _regrant,
    "default_privilege": _MAKES["default_privilege"],
    "owner": _owner,
}
