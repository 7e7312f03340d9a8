"""Somebody who stands at a simulated place with one page for all steps, and presses its keys."""

from dataclasses import dataclass, field

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override


@dataclass
class Visitor:
    """`first_page` and `page` are URL names."""

    first_page: str
    page: str
    language: str = "en"
    browser: Client = field(default_factory=Client)

    def address(self, name: str) -> str:
        with override(self.language):
            return reverse(name)

    def begin(self, **typed: str) -> HttpResponse:
        return self.browser.post(self.address(self.first_page), typed)

    def leave(self) -> None:
        self.browser.get(self.address(self.first_page))

    def see(self) -> str:
        return self.browser.get(self.address(self.page), follow=True).content.decode()

    def press(self, key: str = "", keyed: str = "", *, play: str = "") -> str:
        """The page that follows."""
        said = {"keyed": keyed} | ({"play": play} if play else {"key": key})
        return self.browser.post(self.address(self.page), said, follow=True).content.decode()

    def enter(self, keyed: str) -> str:
        return self.press("enter", keyed)
