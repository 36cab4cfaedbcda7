"""A program that stands in for docker: it does with a file of state what `docker compose` does with containers.

It reads the compose file's port through `.env` and the environment, as docker does, and is refused that port where
somebody listens on it. It runs as a process of its own, found on the PATH; `tests.support.fix_docker` puts it there.

State (JSON, beside this program): `container` (None, "running", "exited", "created"), `health` (what the next looks
see, the last one stays; [] for no health check), `port` (published), `others` (port -> name of another container),
`fails` (verb -> [exit code, words on standard error]), `dies` (what the container's log says; it exits at once).
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

SERVICE = "postgres-db"


def main(words: list[str]) -> int:
    """Do what docker would, and remember having been asked."""
    home = Path(sys.argv[0]).resolve().parent
    state: dict[str, Any] = json.loads((home / "state.json").read_text(encoding="utf-8"))
    with (home / "calls.jsonl").open("a", encoding="utf-8") as calls:
        calls.write(json.dumps({"words": words, "folder": str(Path.cwd())}) + "\n")
    try:
        return run(words, state)
    finally:
        (home / "state.json").write_text(json.dumps(state), encoding="utf-8")


def run(words: list[str], state: dict[str, Any]) -> int:
    """Answer one command."""
    is_compose = words[0] == "compose"
    verb = words[1] if is_compose else words[0]
    if verb in state["fails"]:
        code, said = state["fails"][verb]
        sys.stderr.write(said + "\n")
        return int(code)
    if not is_compose:
        port = words[words.index("--filter") + 1].removeprefix("publish=")
        name = state["others"].get(port)
        sys.stdout.write(json.dumps({"ID": "c0ffee", "Names": name}) + "\n" if name else "")
        return 0
    return {"ps": ps, "up": up, "stop": stop, "logs": logs}[verb](state)


def ps(state: dict[str, Any]) -> int:
    """List the service's container, a line of JSON for each as docker has done since 2.21."""
    if state["container"] is None:
        return 0
    is_running = state["container"] == "running"
    health = ""
    if is_running and state["health"]:
        health = state["health"][0]
        if len(state["health"]) > 1:
            state["health"] = state["health"][1:]
    published = [{"URL": "127.0.0.1", "TargetPort": 5432, "PublishedPort": state["port"], "Protocol": "tcp"}]
    sys.stdout.write(
        json.dumps(
            {
                "Name": "nexus-postgres-db",
                "Service": SERVICE,
                "State": state["container"],
                "Health": health,
                "ExitCode": 1 if state["container"] == "exited" and state["dies"] else 0,
                "Status": f"Up 3 seconds ({health})" if health else ("Up 3 seconds" if is_running else "Exited (0)"),
                "Publishers": published if is_running else [],
            }
        )
        + "\n"
    )
    return 0


def up(state: dict[str, Any]) -> int:
    """Start the container, unless its port is taken."""
    port = published_port()
    sys.stderr.write(" Container nexus-postgres-db  Creating\n Container nexus-postgres-db  Starting\n")
    if str(port) in state["others"] or not is_free(port):
        state["container"] = "created"
        sys.stderr.write(
            "Error response from daemon: driver failed programming external connectivity on endpoint nexus-postgres-db "
            f"(f3a9): Bind for 127.0.0.1:{port} failed: port is already allocated\n"
        )
        return 1
    state["port"] = port
    state["container"] = "exited" if state["dies"] else "running"
    sys.stderr.write(" Container nexus-postgres-db  Started\n")
    return 0


def stop(state: dict[str, Any]) -> int:
    """Stop the container; it stays."""
    state["container"] = "exited" if state["container"] is not None else None
    return 0


def logs(state: dict[str, Any]) -> int:
    """Say what the container said."""
    sys.stdout.write(state["dies"] + "\n")
    return 0


def published_port() -> int:
    """Read `${POSTGRES_PORT:-5434}:5432` with the environment, then `.env`."""
    text = Path("docker-compose.yml").read_text(encoding="utf-8")
    found = re.search(r'"[\d.]+:(?:\$\{(\w+):-(\d+)\}|(\d+)):5432"', text)
    if found is None:
        raise SystemExit("no port")
    if found[3]:
        return int(found[3])
    file = Path(".env")
    values = dict(re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)) if file.exists() else {}
    return int(os.environ.get(found[1]) or values.get(found[1]) or found[2])


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
