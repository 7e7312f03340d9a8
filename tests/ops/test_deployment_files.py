"""What an operator deploys is accepted by the tools that read it."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from dotenv import dotenv_values

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
    assert unwatched == {"migrate", "beat", "relay"}
    assert "migrate" in services["web"]["depends_on"] and "postgres" in services["migrate"]["depends_on"]


def test_containers_of_the_portal_run_without_rights(compose: dict[str, Any]) -> None:
    for name in ("migrate", "web", "worker", "beat", "relay", "kannel"):
        service = compose["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER portal$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_nginx_accepts_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or (os.path.exists("/usr/sbin/nginx") and "/usr/sbin/nginx")
    if not nginx:
        pytest.skip("needs nginx")
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=portal"]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([*request, *files], check=True, capture_output=True)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.replace("/etc/nginx/certificates", str(tmp_path)).replace("web:8000", "127.0.0.1:8000")
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/nginx.pid;\nerror_log stderr;\n{text}")
    read = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True
    )
    assert read.returncode == 0, read.stderr
