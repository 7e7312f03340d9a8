"""Django's deployment check with the example environment of a production, warnings counted as errors."""

import os
import subprocess
import sys
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
# What the example leaves to be filled in.
_FILLED_IN = {"SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

if __name__ == "__main__":
    production = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()} | _FILLED_IN
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    sys.exit(subprocess.run(command, cwd=ROOT, env=os.environ | production).returncode)
