"""A page of the administration that is no record: a desk, a form, figures."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def admin_page(request: HttpRequest, template: str, title: str, **variables: Any) -> HttpResponse:
    """With the menu and the frame of the administration; `template` is its name beneath `admin/`."""
    context = admin.site.each_context(request) | {"title": title} | variables
    return TemplateResponse(request, f"admin/{template}.html", context)
