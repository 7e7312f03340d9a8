"""Whether this container's web process may get traffic: exit code 0 when /readyz says so."""

import os
import sys
from http.client import HTTPConnection

# A name of the list may begin with a dot (all names below it) or be a star.
host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".").replace("*", "localhost")
connection = HTTPConnection("127.0.0.1", 8000, timeout=4)
connection.request("GET", "/readyz", headers={"Host": host, "X-Forwarded-Proto": "https"})
sys.exit(connection.getresponse().status != 200)
