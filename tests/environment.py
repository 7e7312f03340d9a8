"""The environment of the tests, set before the settings are read. DATABASE_URL chooses the database."""

import os

os.environ.setdefault("DEMO_MODE", "true")
os.environ.setdefault("REDIS_URL", "")
