"""The environment of the tests, set before the settings are read. DATABASE_URL chooses the database."""

import os

os.environ.setdefault("DEMO_MODE", "true")
os.environ.setdefault("REDIS_URL", "")
# The demonstration's operator reports on a thread of its own, a second later.
os.environ.setdefault("SMS_GATEWAYS", "messaging.gateways.demo_phone.DemoPhone")
