"""What an operator deploys is accepted by the tools that read it."""

import grp
import os
import pwd
import re
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from dotenv import dotenv_values

from bench.servers import free_port
from tests.waiting import wait_until

ROOT: Path = settings.BASE_DIR


def _compose_command() -> list[str]:
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    plugin = ["docker", "compose"]
    if shutil.which("docker") and subprocess.run([*plugin, "version"], capture_output=True).returncode == 0:
        return plugin
    pytest.skip("needs docker compose")


def test_compose_accepts_the_file_with_the_example_environment(tmp_path: Path) -> None:
    for name in ("docker-compose.yml", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    read = subprocess.run([*_compose_command(), "config"], cwd=tmp_path, capture_output=True, text=True)
    assert read.returncode == 0, read.stderr


def test_secrets_of_the_operator_reach_no_commit_and_no_image(compose: dict[str, Any]) -> None:
    unseen_by_git = (ROOT / ".gitignore").read_text().splitlines()
    assert {".env", "deploy/certificates/", "deploy/kannel/smsc.conf"} <= set(unseen_by_git)
    unseen_by_the_portals_image = (ROOT / ".dockerignore").read_text().splitlines()
    assert {".env", "deploy/certificates", "deploy/kannel"} <= set(unseen_by_the_portals_image)
    assert "COPY ." not in (ROOT / "deploy" / "kannel" / "Dockerfile").read_text()
    assert "./deploy/kannel/smsc.conf:/etc/portal-kannel/smsc.conf:ro" in compose["services"]["kannel"]["volumes"]


def test_kannel_starts_unless_it_is_left_out(compose: dict[str, Any]) -> None:
    assert "profiles" not in compose["services"]["kannel"]
    assert dotenv_values(ROOT / ".env.example")["SMS_GATEWAYS"] == "messaging.gateways.kannel.Kannel"


def test_every_service_is_watched_or_waited_for(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat", "relay", "nginx", "kannel"}
    unwatched = {name for name, service in services.items() if "healthcheck" not in service}
    assert unwatched == {"migrate"}
    assert "migrate" in services["web"]["depends_on"] and "postgres" in services["migrate"]["depends_on"]


def test_containers_of_the_portal_run_without_rights(compose: dict[str, Any]) -> None:
    for name in ("migrate", "web", "worker", "beat", "relay", "kannel", "nginx"):
        service = compose["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]


def test_nothing_runs_as_root(compose: dict[str, Any]) -> None:
    given = {name: service["user"] for name, service in compose["services"].items() if "user" in service}
    assert given == {"postgres": "postgres", "redis": "redis", "nginx": "nginx"}
    for folder, user in ((ROOT, "portal"), (ROOT / "deploy" / "kannel", "kannel")):
        assert f"\nUSER {user}\n" in (folder / "Dockerfile").read_text()


def test_whatever_touches_the_files_of_requests_reaches_their_volume(compose: dict[str, Any]) -> None:
    """The web writes and hands them out; the chores, on a worker or the relay, remove those of old drafts."""
    services = compose["services"].items()
    reach = {name for name, service in services if "attachments:/attachments" in service.get("volumes", [])}
    assert reach == {"web", "worker", "relay"}


@pytest.fixture
def nginx(tmp_path: Path) -> list[str]:
    """The command that runs nginx with the project's configuration, at `tmp_path`, in front of a web process that is away."""
    program = shutil.which("nginx") or (os.path.exists("/usr/sbin/nginx") and "/usr/sbin/nginx")
    if not (program and shutil.which("openssl")):
        pytest.skip("needs nginx and openssl")
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=portal"]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([*request, *files], check=True, capture_output=True)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for named, here in (
        (" /tmp/", f" {tmp_path}/"),
        ("/etc/nginx/certificates", str(tmp_path)),
        ("/etc/nginx/pages", str(ROOT / "deploy" / "pages")),
        ("web:8000", f"127.0.0.1:{free_port()}"),
        ("listen 80;", f"listen {free_port()};"),
        ("listen 443 ssl", f"listen {free_port()} ssl"),
    ):
        assert named in text
        text = text.replace(named, here)
    whose = f"user {pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name};"
    (tmp_path / "nginx.conf").write_text(f"daemon off;\npid {tmp_path}/nginx.pid;\n{whose}\n{text}")
    return [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]


def test_nginx_accepts_its_configuration(nginx: list[str]) -> None:
    read = subprocess.run([*nginx, "-t"], capture_output=True, text=True)
    assert read.returncode == 0, read.stderr


@pytest.mark.program("curl")
def test_who_watches_nginx_finds_it_alive(nginx: list[str], compose: dict[str, Any], tmp_path: Path) -> None:
    shell, check = compose["services"]["nginx"]["healthcheck"]["test"]
    assert shell == "CMD-SHELL" and "127.0.0.1/" in check
    port = _tls_port(tmp_path)

    def is_alive() -> bool:
        return subprocess.run(["sh", "-c", check.replace("127.0.0.1/", f"127.0.0.1:{port}/")]).returncode == 0

    assert not is_alive()
    with subprocess.Popen(nginx) as running:
        try:
            wait_until(is_alive)
        finally:
            running.terminate()


def test_what_nginx_says_itself_is_said_in_both_languages_and_has_its_headers(nginx: list[str], tmp_path: Path) -> None:
    port = _tls_port(tmp_path)
    with (
        subprocess.Popen(nginx) as running,
        httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False) as visitor,
    ):
        try:
            wait_until(lambda: _listens(port))
            answers = [visitor.get("/ar/register/")]
            too_big = visitor.post("/ar/register/", content=b"x" * 2_000_000)
            programs = [visitor.get("/api/v1/echo"), visitor.post("/api/v1/echo", content=b"x" * 2_000_000)]
            while answers[-1].status_code != 429:
                answers.append(visitor.get("/ar/register/"))
        finally:
            running.terminate()
    for answer, status, arabic, english in (
        (answers[0], 503, "البوابة متوقفة للحظات", "The portal is away for a moment"),
        (answers[-1], 429, "طلبات كثيرة في وقت قصير", "Too many pages at once"),
        (too_big, 413, "تعذّر استقبال ما أُرسل", "What was sent could not be taken"),
        (programs[0], 503, "البوابة متوقفة للحظات", "The portal is away for a moment"),
        (programs[1], 413, "تعذّر استقبال الاستدعاء", "The call could not be taken"),
    ):
        assert answer.status_code == status and arabic in answer.text and english in answer.text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers.get("Retry-After") == (None if status == 413 else "30")
    assert {answer.headers["Content-Type"] for answer in programs} == {"application/problem+json"}
    assert answers[0].headers["Content-Type"] == "text/html; charset=utf-8"


def _tls_port(folder: Path) -> int:
    """On which nginx is to listen, below the fixture's folder."""
    return int(re.findall(r"listen (\d+) ssl", (folder / "nginx.conf").read_text())[0])


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
