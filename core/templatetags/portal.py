from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import hijri

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context: Context, block: str) -> SafeString:
    """The text of a block a second time: a page's title is its heading, too."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(block).nodelist.render(context)


class _KeptNode(Node):
    def __init__(self, nodelist: NodeList, varying: list[FilterExpression], fresh: list[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.varying = varying
        self.fresh = fresh
        self.kept: dict[tuple[Any, ...], tuple[SafeString, list[str]]] = {}

    def render(self, context: Context) -> SafeString:
        values = (get_language(), *(expression.resolve(context) for expression in self.varying))
        tokens = [str(expression.resolve(context)) for expression in self.fresh]
        if values not in self.kept:
            self.kept[values] = self.nodelist.render(context), tokens
        text, earlier_tokens = self.kept[values]
        for earlier, token in zip(earlier_tokens, tokens, strict=True):
            text = SafeString(text.replace(earlier, token))
        return text


@register.tag
def kept(parser: Parser, token: Token) -> _KeptNode:
    """`{% kept value … %}` … `{% endkept %}`: what is the same for everybody is rendered once a process for each language
    and each combination of the values, which have to be few. `{% kept value … fresh token … %}`: the tokens, long random
    texts of letters and digits, are all that differs; those of this page take the places of the first page's."""
    varying, _keyword, fresh = token.contents.partition(" fresh ")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    values, tokens = varying.split()[1:], fresh.split()
    return _KeptNode(nodelist, [*map(parser.compile_filter, values)], [*map(parser.compile_filter, tokens)])


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
def in_hijri(day: date) -> str:
    """The Umm al-Qura date in words, where the Gregorian one stands by itself."""
    return hijri.in_words(timezone.localtime(day).date() if isinstance(day, datetime) else day)


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
def age(since: datetime) -> str:
    """How long ago, in one unit: lists are compared at a glance."""
    minutes = (timezone.now() - since) // timedelta(minutes=1)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if hours:
        return ngettext("one hour", "%(n)d hours", hours) % {"n": hours}
    if minutes:
        return ngettext("one minute", "%(n)d minutes", minutes) % {"n": minutes}
    return _("less than a minute")


@register.filter
def soon(at: datetime) -> str:
    """A moment within the next day, as people name it."""
    local = timezone.localtime(at)
    said = _("at %s") if local.date() == timezone.localdate() else _("tomorrow at %s")
    return said % date_format(local, "TIME_FORMAT")


@register.filter
def clock_text(seconds: int) -> str:
    """`125` as `2:05`, `7325` as `2:02:05`. static/portal.js writes it in the same way."""
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"
