"""A project's own server: docker compose's by a stand-in for docker, the embedded one for real."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from nexus_studio.core.admin.servers import ServerKind, ServerState
from nexus_studio.core.errors import ComposeFailed, EmbeddedFailed, EnvFailed, StudioError, ToolMissing
from nexus_studio.core.tasks import Cancelled, CancelToken, Progress, TaskContext
from nexus_studio.services import composeserver
from nexus_studio.services.compose import compose_facts
from nexus_studio.services.embedded import EmbeddedServer, embedded_use, stop_kept
from nexus_studio.services.ports import next_free_port
from nexus_studio.services.servers import ServerHelpers, server_folder
from tests.support.fix_docker import FakeDocker, port_of

CTX = TaskContext.for_test()


@pytest.fixture
def helpers(shop: Path, tmp_path: Path, fake_docker_on_path: FakeDocker) -> ServerHelpers:
    assert fake_docker_on_path.calls == []
    return ServerHelpers(shop, tmp_path / "embedded", {})


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composeserver, "POLL_S", 0.01)


def failure(work: object, code: str) -> StudioError:
    with pytest.raises(StudioError) as caught:
        work()  # type: ignore[operator]
    assert caught.value.code == code
    return caught.value


def test_a_service_is_started_watched_and_stopped(
    helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker
) -> None:
    port = port_of(shop)
    before = helpers.status(CTX)
    assert (before.kind, before.state, before.is_up) == (ServerKind.COMPOSE, ServerState.MISSING, False)
    assert (before.name, before.place, before.port, before.variable) == (
        "postgres-db", f"localhost:{port}", port, "POSTGRES_PORT",
    )  # fmt: skip
    fake_docker_on_path.set(health=["starting", "starting", "unhealthy", "healthy"])
    steps: list[Progress] = []
    running = helpers.start(TaskContext(on_progress=steps.append))
    assert (running.state, running.has_health, running.detail) == (
        ServerState.RUNNING, True, "Up 3 seconds (healthy)",
    )  # fmt: skip
    assert [each.step for each in steps][:2] == ["server.starting", "server.waiting"]
    assert helpers.start(CTX).state is ServerState.RUNNING  # once more is no fault
    stopped = helpers.stop(CTX)
    assert (stopped.state, stopped.is_up) == (ServerState.STOPPED, False)
    calls = fake_docker_on_path.calls
    assert {call["folder"] for call in calls} == {str(shop.resolve())}
    assert ["compose", "up", "--detach", "postgres-db"] in [call["words"] for call in calls]
    assert not any("down" in call["words"] or "-v" in call["words"] for call in calls)  # its data stay


def test_a_taken_port_names_who_has_it_and_is_changed_in_env_only(
    helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker
) -> None:
    port = port_of(shop)
    before = {file.name: file.read_bytes() for file in shop.iterdir() if file.is_file()}
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        error = failure(lambda: helpers.start(CTX), "compose.port_taken")
        assert error.facts["port"] == port
        assert "python" in str(error.facts["owner"])
        assert error.facts["variable"] == "POSTGRES_PORT"
        free = error.facts["free_port"]
        assert isinstance(free, int)
        assert free > port
        report = helpers.take_port(free, CTX)
        assert report.url_place == f"nexus_dev @ localhost:{free}"
        assert helpers.start(CTX).port == free
    assert {name: (shop / name).read_bytes() for name in before} == before
    written = (shop / ".env").read_text()
    assert written == (shop / ".env.example").read_text().replace(f"POSTGRES_PORT={port}", f"POSTGRES_PORT={free}")
    assert fake_docker_on_path.state["port"] == free


def test_another_container_has_the_port(helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker) -> None:
    fake_docker_on_path.set(others={str(port_of(shop)): "elsewhere-db-1"})
    assert failure(lambda: helpers.start(CTX), "compose.port_taken").facts["owner"] == "elsewhere-db-1"
    assert helpers.status(CTX).state is ServerState.STOPPED


def test_urls_in_env_follow_the_port(helpers: ServerHelpers, shop: Path) -> None:
    port = port_of(shop)
    far = f"postgresql://u:p@db.example.com:{port}/d"
    (shop / ".env").write_text(
        f"DATABASE_URL=postgresql://u:p@localhost:{port}/d?schema=public # it\n"
        f"DIRECT_URL='postgresql://u:p@127.0.0.1:{port}/d'\nFAR={far}\n"
        f'KEYWORDS="host=localhost port={port} dbname=d"\n'
        f"PAGE=http://localhost:{port + 1}/\nNUMBER={port}\n"
    )
    helpers.take_port(31_234, CTX)
    assert (shop / ".env").read_text().splitlines() == [
        "DATABASE_URL=postgresql://u:p@localhost:31234/d?schema=public # it",
        "DIRECT_URL='postgresql://u:p@127.0.0.1:31234/d'",
        f"FAR={far}",
        'KEYWORDS="host=localhost port=31234 dbname=d"',
        f"PAGE=http://localhost:{port + 1}/",
        f"NUMBER={port}",
        "",
        "# The port on this machine that leads to the container.",
        "POSTGRES_PORT=31234",
    ]


def test_a_port_that_env_does_not_decide(helpers: ServerHelpers, shop: Path, tmp_path: Path) -> None:
    shadowed = ServerHelpers(shop, tmp_path, {"POSTGRES_PORT": "1"})
    with pytest.raises(EnvFailed) as caught:
        shadowed.take_port(31_234, CTX)
    assert (caught.value.code, caught.value.facts["name"]) == ("env.shadowed", "POSTGRES_PORT")
    file = shop / "docker-compose.yml"
    file.write_text(file.read_text().replace(f"${{POSTGRES_PORT:-{port_of(shop)}}}", "5999"))
    error = failure(lambda: helpers.take_port(31_234, CTX), "compose.port_fixed")
    assert error.facts["port"] == 5999
    assert not (shop / ".env").exists()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?", "compose.daemon_down"),
        ("docker: 'compose' is not a docker command.", "compose.plugin_missing"),
        ("the password hunter2x is wrong", "compose.failed"),
    ],
)
def test_docker_does_not_do_it(
    helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker, said: str, code: str
) -> None:
    (shop / ".env").write_text("POSTGRES_PASSWORD=hunter2x\n")
    fake_docker_on_path.set(fails={"ps": [1, said], "stop": [1, said]})
    compose = ServerKind.COMPOSE
    for work in (lambda: helpers.status(CTX, compose), lambda: helpers.stop(CTX, compose)):
        words = str(failure(work, code).facts["words"])
        assert words == said.replace("hunter2x", "••••••")


def test_a_broken_env_is_named_without_its_line(
    helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker
) -> None:
    said = f'failed to read {shop}/.env: line 3: unexpected character "!" in variable name "hunter2!=x"'
    fake_docker_on_path.set(fails={"up": [1, said]})
    error = failure(lambda: helpers.start(CTX), "compose.env_broken")
    assert error.facts["line"] == 3
    assert "hunter2" not in str(error.facts)


def test_a_service_that_dies_says_its_last_words(
    helpers: ServerHelpers, shop: Path, fake_docker_on_path: FakeDocker
) -> None:
    (shop / ".env").write_text("POSTGRES_PASSWORD=hunter2x\n")
    fake_docker_on_path.set(dies="FATAL: data directory has wrong ownership; hunter2x")
    error = failure(lambda: helpers.start(CTX), "compose.not_ready")
    assert error.facts["words"] == "FATAL: data directory has wrong ownership; ••••••"
    assert helpers.status(CTX).exit_code == 1


def test_waiting_ends(helpers: ServerHelpers, fake_docker_on_path: FakeDocker) -> None:
    fake_docker_on_path.set(health=["starting"])
    assert helpers.start(CTX, wait_s=0).state is ServerState.STARTING
    assert failure(lambda: helpers.start(CTX, wait_s=0.05), "compose.not_ready").facts["state"] == "starting"
    token = CancelToken()

    def cancel_when_waiting(progress: Progress) -> None:
        if progress.step == "server.waiting":
            threading.Thread(target=token.cancel).start()

    with pytest.raises(Cancelled):
        helpers.start(TaskContext(token, cancel_when_waiting))
    assert helpers.status(CTX).is_up  # it goes on


def test_without_a_health_check_postgresql_must_answer(helpers: ServerHelpers, fake_docker_on_path: FakeDocker) -> None:
    fake_docker_on_path.set(health=[])
    error = failure(lambda: helpers.start(CTX, wait_s=0.05), "compose.not_ready")
    assert error.facts["state"] == "running"


def test_which_server_is_meant(shop: Path, tmp_path: Path, no_docker: None) -> None:
    assert no_docker is None
    without = ServerHelpers(shop, tmp_path / "embedded", {})
    status = without.status(CTX)
    assert (status.kind, status.state, status.is_docker_missing) == (ServerKind.EMBEDDED, ServerState.MISSING, True)
    with pytest.raises(ToolMissing):
        without.status(CTX, ServerKind.COMPOSE)
    nowhere = ServerHelpers(None, tmp_path / "embedded", {})
    assert not nowhere.status(CTX).is_docker_missing
    with pytest.raises(ComposeFailed):
        nowhere.status(CTX, ServerKind.COMPOSE)
    failure(lambda: nowhere.env(CTX), "env.no_folder")


def test_docker_without_its_compose_plugin_is_as_good_as_none(
    helpers: ServerHelpers, fake_docker_on_path: FakeDocker
) -> None:
    said = "docker: 'compose' is not a docker command."
    fake_docker_on_path.set(fails={verb: [1, said] for verb in ("ps", "stop")})
    for status in (helpers.status(CTX), helpers.stop(CTX)):
        assert (status.kind, status.state) == (ServerKind.EMBEDDED, ServerState.MISSING)
        assert (status.is_plugin_missing, status.is_docker_missing) == (True, False)
    failure(lambda: helpers.status(CTX, ServerKind.COMPOSE), "compose.plugin_missing")


def test_the_folder_that_is_meant(shop: Path) -> None:
    deep = shop / "backend" / "app"
    deep.mkdir(parents=True)
    (shop / "backend" / "alembic.ini").write_text("[alembic]\n")
    assert server_folder(deep) == shop
    (shop / "docker-compose.yml").unlink()
    (shop / ".env.example").unlink()
    assert server_folder(deep) == shop / "backend"


@pytest.mark.parametrize(
    ("ports", "variable", "number"),
    [
        ('    ports:\n      - "${P:-5434}:5432"  # here\n', "P", 5434),
        ("    ports:\n    - 8080:80\n    - 5434:5432\n", "", 5434),
        ('    ports: ["8080:80", "127.0.0.1:${P}:5432"]\n', "P", 0),
        (
            "    ports:\n    - target: 80\n      published: 1\n    - target: 5432\n      published: '${P:-7}'\n",
            "P",
            7,
        ),
    ],
)
def test_ports_of_compose_files(tmp_path: Path, ports: str, variable: str, number: int) -> None:
    head = "services:\n  web:\n    image: nginx\n    ports:\n      - '1:5432'\n  db:\n    image: postgres:15\n"
    (tmp_path / "compose.yaml").write_text(head + ports + "    volumes:\n      - x:/y:5432\n")
    found = compose_facts(tmp_path)
    assert found.port is not None
    assert (found.service, found.port.variable, found.port.number({})) == ("db", variable, number)
    (tmp_path / "compose.yaml").write_text(head + "    volumes:\n      - 9:5432\n")
    assert compose_facts(tmp_path).port is None


@pytest.fixture
def room(server_room: Path) -> Iterator[Path]:
    folder = server_room / "kept"
    yield folder
    stop_kept(folder, CTX, although_used=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_an_embedded_server_is_kept_running_until_it_is_stopped(room: Path) -> None:
    server = EmbeddedServer.start(room, CTX)
    server.keep()
    server.keep()  # twice is once
    server.stop()
    use = embedded_use(room, "postgres")
    assert (use.users, use.is_kept) == (0, True)
    assert use.profile is not None
    with psycopg.connect(host=use.profile.host, port=use.profile.port, user="postgres", dbname="postgres") as line:
        assert line.execute("SELECT 1").fetchone() == (1,)
    status = ServerHelpers(None, room, {}).status(CTX)
    assert (status.state, status.is_kept, status.place) == (ServerState.RUNNING, True, use.profile.host)
    again = EmbeddedServer.start(room, CTX)
    with pytest.raises(EmbeddedFailed) as caught:
        stop_kept(room, CTX)
    assert (caught.value.code, caught.value.facts["users"]) == ("embedded.in_use", 1)
    assert again.is_running
    again.stop()  # the last one stops it: it is kept no more
    assert embedded_use(room, "postgres").profile is None
    assert ServerHelpers(None, room, {}).stop(CTX).state is ServerState.STOPPED


def test_the_next_free_port_is_one_that_compose_can_have() -> None:
    assert next_free_port(31_000) >= 31_000
