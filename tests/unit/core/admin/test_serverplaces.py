"""What docker says is understood: its JSON in both forms, and why it failed, in its own words of several versions."""

from __future__ import annotations

import json

import pytest

from nexus_studio.core.admin.servers import ServerState, containers, names_of, published_port, tidy_words, trouble

RUNNING = {
    "Service": "postgres-db", "State": "running", "Health": "healthy", "ExitCode": 0, "Status": "Up (healthy)",
    "Publishers": [
        {"URL": "", "TargetPort": 5432, "PublishedPort": 0, "Protocol": "tcp"},
        {"URL": "127.0.0.1", "TargetPort": 5432, "PublishedPort": 5434, "Protocol": "tcp"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", [json.dumps([RUNNING]), 'WARN[0000] odd\n{"a": \n' + json.dumps(RUNNING)])
def test_a_container(said: str) -> None:
    (found,) = containers(said)
    assert (found.service, found.state, found.has_health, found.port, found.exit_code) == (
        "postgres-db", ServerState.RUNNING, True, 5434, None,
    )  # fmt: skip
    assert containers("") == containers("[]") == ()


@pytest.mark.parametrize(
    ("state", "health", "expected"),
    [
        ("running", "", ServerState.RUNNING),
        ("running", "starting", ServerState.STARTING),
        ("running", "unhealthy", ServerState.UNHEALTHY),
        ("restarting", "", ServerState.RESTARTING),
        ("paused", "", ServerState.PAUSED),
        ("exited", "healthy", ServerState.STOPPED),
        ("created", "", ServerState.STOPPED),
        ("dead", "", ServerState.STOPPED),
    ],
)
def test_states(state: str, health: str, expected: ServerState) -> None:
    (found,) = containers(json.dumps({**RUNNING, "State": state, "Health": health, "ExitCode": 3}))
    assert found.state is expected
    assert found.exit_code == (3 if expected is ServerState.STOPPED else None)


@pytest.mark.parametrize(
    ("words", "code", "port", "line"),
    [
        (
            (
                "Error response from daemon: driver failed programming external connectivity on endpoint x: "
                "Bind for 0.0.0.0:5434 failed: port is already allocated"
            ),
            "compose.port_taken", 5434, 0,
        ),
        (
            (
                "failed to set up container networking: driver failed programming external connectivity: "
                "failed to bind host port for 127.0.0.1:5434:172.18.0.2:5432/tcp: address already in use"
            ),
            "compose.port_taken", 5434, 0,
        ),
        ("failed to bind host port 127.0.0.1:5434/tcp: address already in use", "compose.port_taken", 5434, 0),
        (
            (
                "Ports are not available: exposing port TCP 0.0.0.0:5434 -> 127.0.0.1:0: listen tcp 0.0.0.0:5434: "
                "bind: address already in use"
            ),
            "compose.port_taken", 5434, 0,
        ),
        ("listen tcp6 [::1]:5434: bind: address already in use", "compose.port_taken", 5434, 0),
        ("Bind failed: port is already allocated", "compose.port_taken", 0, 0),
        (
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
            ),
            "compose.daemon_down", 0, 0,
        ),
        (
            (
                "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
                'Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/": dial unix: connect: permission denied'
            ),
            "compose.daemon_denied", 0, 0,
        ),
        ("docker: 'compose' is not a docker command.\nSee 'docker --help'", "compose.plugin_missing", 0, 0),
        ("docker: unknown command: docker compose\n\nRun 'docker --help'", "compose.plugin_missing", 0, 0),
        (
            (
                "unknown flag: --all\n\nUsage:  docker [OPTIONS] COMMAND [ARG...]\n\nRun 'docker --help'"
            ),
            "compose.plugin_missing", 0, 0,
        ),
        (
            (
                'failed to read /srv/shop/.env: line 3: unexpected character "!" in variable name "pass!=hunter2"'
            ),
            "compose.env_broken", 0, 3,
        ),
        ("no such service: postgres-db", "compose.failed", 0, 0),
    ],
)  # fmt: skip
def test_why_it_failed(words: str, code: str, port: int, line: int) -> None:
    found = trouble(words)
    assert (found.code, found.port, found.line) == (code, port, line)


@pytest.mark.parametrize(
    ("entry", "variable", "number"),
    [
        ('"127.0.0.1:${POSTGRES_PORT:-5434}:5432"', "POSTGRES_PORT", 5434),
        ("${P}:5432/tcp", "P", 0),
        ("$P:5432", "P", 0),
        ("5434:5432", "", 5434),
        ("'[::1]:5434:5432'", "", 5434),
        ("${HOST:-127.0.0.1}:${P-7}:5432", "P", 7),
    ],
)
def test_published_ports(entry: str, variable: str, number: int) -> None:
    found = published_port(entry)
    assert found is not None
    assert (found.variable, found.number({})) == (variable, number)
    assert found.number({variable: "99"}) == (99 if variable else number)


@pytest.mark.parametrize("entry", ["5432", "8080:80", "", "5432:15432"])
def test_other_ports_are_none(entry: str) -> None:
    assert published_port(entry) is None


def test_words_come_without_secrets_and_at_a_bearable_length() -> None:
    assert tidy_words("  a hunter22 b\n\n c hunter2 ", frozenset({"hunter2", "hunter22"}), "••") == "a •• b\nc ••"
    assert len(tidy_words("x" * 5000, frozenset(), "")) < 700
    assert names_of('{"Names": "a"}\n{"Names": ""}') == ("a",)
