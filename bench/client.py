"""A browser as small as possible, so that the server is what is measured."""

import http.client
import re
from urllib.parse import urlencode


class Client:
    """`status` is that of the newest answer."""

    status = 0

    def __init__(self, port: int, address: str = "") -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.headers = {"X-Forwarded-For": address, "X-Forwarded-Proto": "http"} if address else {}

    def get(self, path: str) -> str:
        return self._ask("GET", path, None)[1]

    def post(self, path: str, **fields: str) -> str:
        """Where it leads; raises when it leads nowhere."""
        location, page = self._ask("POST", path, urlencode(fields))
        if not location:
            raise SystemExit(f"POST {path} was refused: {re.findall(r'errorlist[^>]*>(.*?)</ul>', page)[:3]}")
        return location

    def _ask(self, method: str, path: str, body: str | None) -> tuple[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        connection.request(method, path, body, {**self.headers, **cookies, **form})
        response = connection.getresponse()
        self.status = response.status
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        page = response.read().decode(errors="replace")
        connection.close()
        return response.headers.get("Location", ""), page


def address_of(number: int) -> str:
    """Each visitor's own."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise SystemExit(f"The page has no {name}.")
    return found.group(1)
