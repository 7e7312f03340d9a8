"""Values of the environment that stop the start with a sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SMS_DAILY_CEILING", "0"),
        ("SMS_BLOCK_HOURLY_CEILING", "-1"),
        ("SMS_SEGMENT_PRICE_HALALAS", "cheap"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("REGISTRATION_KINDS", "citizen,alien"),
        ("LOG_LEVEL", "loud"),
        ("SMS_SMPP_RECEIPT_IDS", "octal"),
        ("SMS_HTTP_BODY", "{"),
        ("SMS_HTTP_BODY_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_named(variable: str, value: str) -> None:
    environment = os.environ | {"DEMO_MODE": "true", variable: value}
    command = [sys.executable, "-c", "import absher_portal.settings"]
    started = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    last = started.stderr.strip().splitlines()[-1]
    assert started.returncode and variable in last and "See .env.example." in last
