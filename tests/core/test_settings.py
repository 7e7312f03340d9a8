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
        ("NAFATH_MODE", "saml"),
    ],
)
def test_a_wrong_value_is_named(variable: str, value: str) -> None:
    environment = os.environ | {"DEMO_MODE": "true", variable: value}
    command = [sys.executable, "-c", "import absher_portal.settings"]
    started = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    last = started.stderr.strip().splitlines()[-1]
    assert started.returncode and variable in last and "See .env.example." in last


@pytest.mark.parametrize(
    ("configured", "is_offered"),
    [
        ({}, False),
        ({"NAFATH_URL": "https://nafath.example"}, True),
        ({"NAFATH_MODE": "oidc"}, False),
        ({"NAFATH_MODE": "oidc", "NAFATH_ISSUER": "https://nafath.example"}, True),
    ],
    ids=str,
)
def test_production_offers_nafath_where_it_is_configured(configured: dict[str, str], is_offered: bool) -> None:
    told = "from absher_portal import settings as s; print('nafath' in str(s.ACTIVATION_CHANNELS), len(s.SECOND_STEPS))"
    production = {"DEMO_MODE": "false", "SECRET_KEY": "".join(map(chr, range(40, 100)))}
    environment = {name: value for name, value in os.environ.items() if "NAFATH" not in name} | production | configured
    shown = subprocess.run(
        [sys.executable, "-c", told], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert shown.stdout.split() == [str(is_offered), str(int(is_offered))], shown.stderr


@pytest.mark.postgres
def test_production_has_the_promised_time_outs_of_the_database() -> None:
    """security.md, Numbers. Asked of PostgreSQL itself, in a process of its own: the suite's connections wait longer."""
    asked = (
        "import django; django.setup(); from django.db import connection as c; cursor = c.cursor();"
        "print(*[(cursor.execute('SHOW ' + name), cursor.fetchone()[0])[1] for name in"
        " ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')])"
    )
    environment = os.environ | {"DEMO_MODE": "true", "DJANGO_SETTINGS_MODULE": "absher_portal.settings"}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert told.stdout.split() == ["5s", "2s", "20s"], told.stderr
