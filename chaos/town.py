"""A production of its own: PostgreSQL cluster, Redis, web server, worker and relay, each of which can be hurt."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg2

from bench.servers import RELAY, ROOT, free_port, manage, production, wait_for, worker
from chaos.operators import Operator

WORKER = worker(threads=32)


class Town:
    def __init__(self, stack: ExitStack) -> None:
        self.first, self.second = Operator(), Operator()
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._ports = {name: free_port() for name in ("postgres", "redis", "web")}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(self._end)
        self._start_postgres()
        self.start_redis()
        self.env = self._environment()
        manage("migrate", "-v", "0", env=self.env)
        manage("collectstatic", "--noinput", "-v", "0", env=self.env)
        self.start("web", self._web())
        self.start("worker", WORKER)
        self.start("relay", RELAY)
        wait_for(self._ports["web"])

    @property
    def web_port(self) -> int:
        return self._ports["web"]

    def connect(self) -> "psycopg2.extensions.connection":
        connection = psycopg2.connect(self.env["DATABASE_URL"], connect_timeout=3)
        connection.autocommit = True
        return connection

    def start(self, name: str, command: tuple[str, ...]) -> None:
        log = (self._folder / f"{name}.log").open("ab")
        self._processes[name] = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | self.env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def start_redis(self) -> None:
        server = ["redis-server", "--port", str(self._ports["redis"]), "--save", "", "--appendonly", "no"]
        quiet = subprocess.DEVNULL
        self._processes["redis"] = subprocess.Popen(server, cwd=self._folder, stdout=quiet, start_new_session=True)
        wait_for(self._ports["redis"])

    def signal(self, name: str, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._processes[name].pid, what)

    def kill(self, name: str) -> None:
        self.signal(name, signal.SIGKILL)
        self._processes[name].wait()

    def redis_cli(self, *command: str) -> None:
        cli = ["redis-cli", "-p", str(self._ports["redis"]), *command]
        subprocess.run(cli, check=True, capture_output=True, timeout=10)

    def restart_postgres(self) -> None:
        """As a power cut would: clients are cut off, and the log is replayed."""
        self._pg_ctl("stop", "-m", "immediate")
        time.sleep(1)
        self._pg_ctl("start", "-l", str(self._folder / "postgres.log"), "-o", self._postgres_options())

    def _environment(self) -> dict[str, str]:
        """Two gateways: the first knows repeats, Kannel does not."""
        web = f"http://127.0.0.1:{self.web_port}"
        return production(
            "postgres",
            PUBLIC_URL=web,
            DATABASE_URL=f"postgresql://postgres@127.0.0.1:{self._ports['postgres']}/postgres",
            REDIS_URL=f"redis://127.0.0.1:{self._ports['redis']}/0",
            WEB_WORKERS="4",
            SMS_GATEWAYS="messaging.gateways.http.Http,messaging.gateways.kannel.Kannel",
            SMS_HTTP_URL=self.first.url,
            SMS_KANNEL_URL=self.second.url,
            SMS_KANNEL_USER="portal",
            SMS_KANNEL_PASSWORD="trial",
            SMS_KANNEL_CALLBACK_URL=web,
            SMS_KANNEL_SECRET="trial",
        )

    def _web(self) -> tuple[str, ...]:
        bound = ("-b", f"127.0.0.1:{self.web_port}")
        return ("-m", "gunicorn", "absher_portal.wsgi", "-c", "deploy/gunicorn.conf.py", *bound)

    def _start_postgres(self) -> None:
        self._cluster = self._folder / "cluster"
        self._cluster.mkdir()
        (self._folder / "postgres.log").touch()
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            self._folder.chmod(0o755)
            for path in (self._cluster, self._folder / "postgres.log"):
                shutil.chown(path, "postgres")
        self._as_postgres("initdb", "-D", str(self._cluster), "-U", "postgres", "-A", "trust", "-E", "UTF8")
        self._pg_ctl("start", "-l", str(self._folder / "postgres.log"), "-o", self._postgres_options())

    def _postgres_options(self) -> str:
        return f"-p {self._ports['postgres']} -k '' -h 127.0.0.1 -c max_connections=200"

    def _pg_ctl(self, *command: str) -> None:
        self._as_postgres("pg_ctl", "-D", str(self._cluster), "-w", "-t", "60", *command)

    def _as_postgres(self, tool: str, *arguments: str) -> None:
        user = pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
        command = [_tool(tool), *arguments]
        subprocess.run(command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)

    def _end(self) -> None:
        for name in self._processes:
            self.signal(name, signal.SIGCONT)
            self.kill(name)
        with suppress(subprocess.CalledProcessError):
            self._pg_ctl("stop", "-m", "immediate")


def _tool(name: str) -> str:
    """Debian keeps PostgreSQL's server tools out of the path."""
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), "")
    return found or sys.exit(f"{name} is not installed (Debian package postgresql).")
