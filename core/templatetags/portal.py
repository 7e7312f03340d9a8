from datetime import date, datetime
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import hijri

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context: Context, block: str) -> SafeString:
    """The text of a block a second time: a page's title is its heading, too."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(block).nodelist.render(context)


class _KeptNode(Node):
    def __init__(self, nodelist: NodeList, varying: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.varying = varying
        self.kept: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = (get_language(), *(expression.resolve(context) for expression in self.varying))
        if values not in self.kept:
            self.kept[values] = self.nodelist.render(context)
        return self.kept[values]


@register.tag
def kept(parser: Parser, token: Token) -> _KeptNode:
    """`{% kept value … %}` … `{% endkept %}`: what is the same for everybody is rendered once a process for each language
    and each combination of the values, which have to be few."""
    varying = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return _KeptNode(nodelist, varying)


@register.filter
def both_calendars(day: date | None) -> str | SafeString:
    """A date as people read it: Gregorian, and Umm al-Qura beside it."""
    if day is None:
        return "–"
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    gregorian = date_format(day, "DATE_FORMAT")
    in_hijri = hijri.in_words(day)
    machine = day.isoformat()
    if not in_hijri:
        return format_html('<time datetime="{}">{}</time>', machine, gregorian)
    return format_html(
        '<time datetime="{}">{}</time> <span class="hijri">{}</span>', machine, gregorian, _("(%s)") % in_hijri
    )


@register.filter
def moment(at: datetime | None) -> str | SafeString:
    """A time in the Kingdom: date and hour, and the Umm al-Qura date beside it."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    gregorian, in_hijri = date_format(local, "DATETIME_FORMAT"), hijri.in_words(local.date())
    return format_html(
        '<time datetime="{}">{}</time> <span class="hijri">{}</span>', at.isoformat(), gregorian, _("(%s)") % in_hijri
    )


@register.filter
def parsed(iso: str) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


@register.filter
def clock_text(seconds: int) -> str:
    """`125` as `2:05`."""
    return f"{seconds // 60}:{seconds % 60:02d}"
