"""`server` and `env` on the command line: answers, exit codes, and no secret unasked."""

from __future__ import annotations

import io
import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nexus_studio import cli, cli_server
from nexus_studio.core.profiles import Environment
from nexus_studio.services import composeserver
from nexus_studio.services.demo import default_data_dir
from tests.support.fix_docker import FakeDocker, port_of

Cli = Callable[..., tuple[int, Any]]
SECRET = "hunter2-hunter2"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], shop: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A function that runs a command with --json in the shop's folder and returns exit code and answer."""
    monkeypatch.chdir(shop)
    monkeypatch.setattr(composeserver, "POLL_S", 0.01)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = cli.main([*words, "--json"])
        out = capsys.readouterr().out
        return code, json.loads(out) if out else None

    return run


def test_env_from_nothing_to_order(run: Cli, shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = run("env", "check")
    assert (code, found["error"]["code"]) == (1, "env.no_file")
    code, found = run("env", "create")
    assert code == 0
    assert [(each["code"], each["name"], each["line"]) for each in found["findings"]] == [
        ("default_password", "POSTGRES_PASSWORD", 7)
    ]
    assert run("env", "create")[1]["error"]["code"] == "env.exists"
    (shop / ".env").write_text((shop / ".env").read_text().replace("POSTGRES_DB=nexus_dev\n", "") + "oh dear\n")
    code, found = run("env", "check")
    assert (code, found["is_valid"]) == (1, False)
    assert {(each["severity"], each["code"]) for each in found["findings"]} == {
        ("warning", "default_password"), ("error", "malformed"), ("error", "missing"), ("error", "unset_reference"),
    }  # fmt: skip
    assert cli.main(["env", "check"]) == 1
    assert "POSTGRES_DB" in capsys.readouterr().out


@pytest.mark.parametrize("words", [("server", "status"), ("server", "start", "--no-wait"), ("env", "check")])
def test_a_project_that_is_not_there_is_said_and_nothing_else_meant(run: Cli, shop: Path, words: list[str]) -> None:
    code, found = run(*words, "--project", "shpo")
    assert (code, found["error"]["code"]) == (1, "cli.no_folder")
    assert str(shop / "shpo") in found["error"]["message"]
    assert not default_data_dir().exists()  # no embedded server was made instead


def test_set_and_show(run: Cli, shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    run("env", "create")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{SECRET}\nsk-other\n"))
    code, found = run("env", "set", "POSTGRES_PASSWORD", "API_TOKEN", "POSTGRES_PORT=6000", "--unset", "POSTGRES_USER")
    assert code == 0
    assert found["changed"] == ["POSTGRES_USER", "POSTGRES_PASSWORD", "API_TOKEN", "POSTGRES_PORT"]
    text = (shop / ".env").read_text()
    assert f"\nPOSTGRES_PASSWORD={SECRET}\n" in text
    assert text.endswith("\nAPI_TOKEN=sk-other\n")
    assert "POSTGRES_USER=" not in text
    assert text.count("#") == (shop / ".env.example").read_text().count("#")
    code, found = run("env", "show")
    shown = {each["name"]: each["value"] for each in found["variables"]}
    assert (shown["POSTGRES_PASSWORD"], shown["API_TOKEN"], shown["POSTGRES_PORT"]) == ("••••••", "••••••", "6000")
    assert SECRET not in json.dumps(found)
    assert cli.main(["env", "show", "POSTGRES_PASSWORD", "--secrets"]) == 0
    assert capsys.readouterr().out == f"POSTGRES_PASSWORD  {SECRET}\n"
    assert run("env", "show", "NOPE")[1]["error"]["code"] == "env.unknown_name"
    assert run("env", "set", "NOT A NAME=1")[1]["error"]["code"] == "env.name_invalid"
    assert run("env", "set")[1]["error"]["code"] == "env.nothing_to_set"
    assert run("env", "set", "POSTGRES_PORT=7000", "--unset", "NOPE")[1]["error"]["code"] == "env.unknown_name"
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert run("env", "set", "A")[1]["error"]["code"] == "env.value_missing"
    assert (shop / ".env").read_text() == text


def test_another_folder_is_named(run: Cli, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, found = run("env", "create", "--strong", "--project", str(shop))
    assert (code, found["findings"], found["file"]) == (0, [], str(shop / ".env"))


def test_a_compose_service(run: Cli, shop: Path, fake_docker_on_path: FakeDocker) -> None:
    port = port_of(shop)
    code, found = run("server", "status")
    assert (code, found["state"], found["kind"], found["port"]) == (1, "missing", "compose", port)
    code, found = run("server", "start")
    assert (code, found["state"], found["has_health_check"]) == (0, "running", True)
    assert run("server", "status")[0] == 0
    code, found = run("server", "stop")
    assert (code, found["error"]["code"]) == (1, "cli.yes")
    assert fake_docker_on_path.state["container"] == "running"
    code, found = run("server", "stop", "--yes")
    assert (code, found["state"], found["exit_code"]) == (0, "stopped", 0)
    fake_docker_on_path.set(health=["starting"])
    assert run("server", "start", "--no-wait")[1]["state"] == "starting"


@pytest.mark.parametrize("environment", Environment)
def test_stopping_in_every_environment(run: Cli, fake_docker_on_path: FakeDocker, environment: Environment) -> None:
    run("server", "start")
    code, found = run("server", "stop", "--yes", "--environment", environment.value)
    if environment is Environment.PRODUCTION:
        assert (code, found["error"]["code"]) == (1, "forbidden.environment")
    else:
        assert (code, found["state"]) == (0, "stopped")
    assert (fake_docker_on_path.state["container"] == "running") == (environment is Environment.PRODUCTION)


def test_a_taken_port(
    run: Cli, shop: Path, fake_docker_on_path: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    port = port_of(shop)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert cli.main(["server", "start"]) == 1
        said = capsys.readouterr().err
        assert f"Port {port} is taken (by: python" in said
        assert "--free-port" in said
        assert not (shop / ".env").exists()
        code, found = run("server", "start", "--free-port")
    assert (code, found["state"]) == (0, "running")
    assert f"POSTGRES_PORT={found['port']}\n" in (shop / ".env").read_text()
    assert found["port"] == fake_docker_on_path.state["port"] > port


def test_docker_is_not_there_or_does_not_run(
    run: Cli, fake_docker_on_path: FakeDocker, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_docker_on_path.set(fails={"ps": [1, "Cannot connect to the Docker daemon. Is the docker daemon running?"]})
    assert cli.main(["server", "status"]) == 1
    assert "--embedded" in capsys.readouterr().err
    fake_docker_on_path.set(fails={"ps": [1, "docker: 'compose' is not a docker command."]})
    code, found = run("server", "status")
    assert (code, found["kind"], found["is_plugin_missing"]) == (1, "embedded", True)
    cli.main(["server", "status"])
    assert "docker's compose plugin is not installed" in capsys.readouterr().out


@pytest.fixture
def room(server_room: Path) -> Iterator[Path]:
    folder = server_room / "cli-server"
    yield folder
    cli.main(["server", "stop", "--yes", "--force", "--data-dir", str(folder)])
    shutil.rmtree(folder, ignore_errors=True)


def test_the_embedded_server_outlives_the_command(run: Cli, room: Path) -> None:
    where = ("--data-dir", str(room))
    code, found = run("server", "status", *where)
    assert (code, found["state"], found["kind"]) == (1, "missing", "embedded")
    code, found = run("server", "start", *where)
    assert (code, found["state"], found["is_kept"], found["users"]) == (0, "running", True, 0)
    with psycopg.connect(found["url"]) as connection:
        row = connection.execute("SELECT count(*) > 0 FROM public.users").fetchone()
    assert row == (True,)
    code, found = run("server", "stop", "--yes", *where)
    assert (code, found["state"], found["url"]) == (0, "stopped", None)


def test_every_action_has_words(capsys: pytest.CaptureFixture[str]) -> None:
    for command in cli_server.RUNS:
        assert cli.main([*command.split(), "--help"]) == 0
        assert "--project" in capsys.readouterr().out
