"""The portal's settings with static files of their own, built by `collectstatic` where STATIC_ROOT says."""

import os
from pathlib import Path

from absher_portal.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
