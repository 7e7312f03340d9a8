"""Umm al-Qura dates beside Gregorian ones (hijridate; 1343–1500 AH)."""

from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language
from hijridate import Gregorian, Hijri

_MONTHS = {
    "ar": ("محرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة", "رجب", "شعبان", "رمضان", "شوال",
           "ذو القعدة", "ذو الحجة"),
    "en": ("Muharram", "Safar", "Rabi I", "Rabi II", "Jumada I", "Jumada II", "Rajab", "Shaban", "Ramadan", "Shawwal",
           "Dhu al-Qidah", "Dhu al-Hijjah"),
}  # fmt: skip
_ERA = {"ar": "هـ", "en": "AH"}


class NoSuchDate(ValueError):
    """Not a day of the Umm al-Qura calendar, or outside of its tables."""


def to_gregorian(year: int, month: int, day: int) -> date:
    """Raises NoSuchDate."""
    try:
        gregorian = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        raise NoSuchDate from None
    return date(gregorian.year, gregorian.month, gregorian.day)


def in_words(gregorian: date) -> str:
    """For example `6 جمادى الآخرة 1448 هـ`; empty outside of the calendar's tables."""
    return _in_words(gregorian, "ar" if get_language() == "ar" else "en")


def in_both_calendars(day: date) -> str:
    """For sentences; on pages the filter both_calendars marks it up."""
    gregorian, in_hijri = date_format(day, "DATE_FORMAT"), in_words(day)
    return f"{gregorian} ({in_hijri})" if in_hijri else gregorian


def in_digits(day: date, language: str) -> str:
    """In both calendars, for text messages: `2026/12/30 (1448/07/21 AH)`."""
    hijri = _hijri(day)
    space = " " if language == "en" else ""
    in_hijri = f" ({hijri.year}/{hijri.month:02}/{hijri.day:02}{space}{_ERA[language]})" if hijri else ""
    return f"{day:%Y/%m/%d}{in_hijri}"


@lru_cache(4096)
def _in_words(gregorian: date, language: str) -> str:
    hijri = _hijri(gregorian)
    return f"{hijri.day} {_MONTHS[language][hijri.month - 1]} {hijri.year} {_ERA[language]}" if hijri else ""


def _hijri(day: date) -> Hijri | None:
    """None outside of the calendar's tables."""
    try:
        return Gregorian(day.year, day.month, day.day).to_hijri()
    except (ValueError, OverflowError):
        return None
