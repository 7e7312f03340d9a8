"""Django's deployment check with the settings of a production, warnings counted as errors."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DEMO_MODE": "false",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "PUBLIC_URL": "https://portal.example",
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgresql://portal:secret@127.0.0.1:5432/portal",
    "TRUSTED_PROXY_COUNT": "1",
    "SMS_HTTP_URL": "https://sms.example/send",
}

if __name__ == "__main__":
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    sys.exit(subprocess.run(command, cwd=ROOT, env=os.environ | PRODUCTION).returncode)
