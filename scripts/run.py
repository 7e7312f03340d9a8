"""The demonstration: SQLite, no broker, the relay delivers. `make run` calls it; Ctrl-C ends everything."""

import argparse
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
# One of each kind, and somebody whose fingerprint is not on file.
PEOPLE = ("2000000006", "1000000008", "4123456784", "3000020002", "2000240008")
sys.path.insert(0, str(ROOT))


def main() -> None:
    arguments = _arguments()
    if arguments.manage:
        set_environment(arguments.host, arguments.port)
        sys.exit(subprocess.run([sys.executable, "manage.py", *arguments.manage.split()], cwd=ROOT).returncode)
    _refuse_a_taken_port(arguments.host, arguments.port)
    set_environment(arguments.host, arguments.port)
    _prepare()
    _say_where(os.environ["PUBLIC_URL"])
    sys.exit(_serve(arguments.host, arguments.port))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--manage", default="", metavar="COMMAND", help="run a command of manage.py on the demonstration"
    )
    return parser.parse_args()


def _refuse_a_taken_port(host: str, port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            sys.exit(f"{host}:{port} cannot be used: {error.strerror}. Choose another one: make run PORT=8001")


def set_environment(host: str, port: int) -> None:
    VAR.mkdir(exist_ok=True)
    key = VAR / "secret_key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(50))
    os.environ |= {
        "DEMO_MODE": "true",
        "SECRET_KEY": key.read_text(),
        "PUBLIC_URL": f"http://{'localhost' if host == '0.0.0.0' else host}:{port}",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{VAR / 'portal.sqlite3'}",
        "REDIS_URL": "",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        "DJANGO_SETTINGS_MODULE": "absher_portal.settings",
    }


def _prepare() -> None:
    import django
    from django.core.management import call_command

    from scripts import compile_messages

    compile_messages.main()
    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_demo", verbosity=0)
    if _static_files_changed():
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        _static_mark().write_text(_static_state())


def _static_files_changed() -> bool:
    mark = _static_mark()
    return not mark.exists() or mark.read_text() != _static_state()


def _static_mark() -> Path:
    return VAR / "static.mark"


def _static_state() -> str:
    import django

    files = sorted(path for path in (ROOT / "static").rglob("*") if path.is_file())
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join([django.__version__, *facts]).encode()).hexdigest()


def _say_where(address: str) -> None:
    from django.utils.translation import override

    from simulators.notes import good_for
    from simulators.officers import demo_officers

    print(f"\n  The portal          {address}/ar/          (English: {address}/en/)")
    print(f"  Demonstration       {address}/ar/demo/people/  everybody who can register, and how the officers sign in")
    print(f"  Phone               {address}/ar/demo/phone/   what the text messages say")
    print("\n  Register, for example, with any Saudi mobile:\n")
    notes = good_for("en")
    for id_number in PEOPLE:
        print(f"    {id_number}  {notes[id_number]}")
    print(f"\n  Officers' sign-in   {address}/ar/admin/\n")
    with override("en"):
        officers = demo_officers()
    for officer in officers:
        print(f"    {officer['role']!s:<36}{officer['username']:<16}{officer['password']}")
    print(
        "\n  The officers' codes change every 30 seconds and stand on the demonstration page. Ctrl-C ends everything.\n",
        flush=True,
    )


def _serve(host: str, port: int) -> int:
    web = ["-m", "gunicorn", "absher_portal.wsgi", "-c", "deploy/gunicorn.conf.py", "--log-level", "warning"]
    # Browsers keep connections open, and no proxy stands in front here: threads instead of the sync workers of production.
    web += ["--worker-class", "gthread", "--threads", "16", "--workers", "1"]
    commands = ([*web, "--bind", f"{host}:{port}"], ["manage.py", "relay"])
    # Sessions of their own: Ctrl-C reaches this process only, and it ends the others in order.
    processes = [subprocess.Popen([sys.executable, *c], cwd=ROOT, start_new_session=True) for c in commands]
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _interrupt)
    try:
        return _first_end(processes)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(processes)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _first_end(processes: list["subprocess.Popen[bytes]"]) -> int:
    """Waits until one of them ends by itself, which none should."""
    pid, status = os.wait()
    print(f"A part of the demonstration ended by itself (process {pid}); the messages above say why.", file=sys.stderr)
    return os.waitstatus_to_exitcode(status) or 1


def _end(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    main()
