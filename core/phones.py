"""Saudi mobile numbers: every spelling is one E.164 key."""

import re

import phonenumbers
from django.conf import settings

from core.refusals import Refused
from core.text import clean, fold_digits

_EXTENSION = re.compile(r"(ext|extension|x|#|;|,|تحويلة)\s*\.?\s*[0-9]+$", re.IGNORECASE)
_WRITTEN = re.compile(r"[0-9\s+()./\-\u2010-\u2015\u2212]*")
_MASK = "\u2022" * 4
# ITU-T E.164 and the numbering plan of the Communications, Space and Technology Commission: mobiles are 5XXXXXXXX.
_SAUDI_MOBILE = re.compile(r"\+9665\d{8}")


class MobileError(Refused):
    """`code` is one of: letters, extension, id_number, landline, foreign, length."""


def parse_mobile(text: str) -> str:
    """The E.164 form of a mobile in settings.SMS_COUNTRIES, however it is written. Raises MobileError."""
    written = fold_digits(clean(text))
    if _EXTENSION.search(written):
        raise MobileError("extension")
    if not _WRITTEN.fullmatch(written):
        raise MobileError("letters")
    return _checked(_with_country_code(written), written)


def _with_country_code(written: str) -> str:
    digits = re.sub(r"[^\d+]", "", written)
    if digits.startswith("00"):
        return "+" + digits[2:]
    # The form shows a fixed +966 in front: people who type 966… or 5… mean the same number.
    if digits.startswith("966") and len(digits) == 12:
        return "+" + digits
    # 00966 and +966 are often followed by the trunk zero of the national spelling.
    return digits


def _checked(number: str, written: str) -> str:
    number = re.sub(r"^\+9660(?=5)", "+966", number)
    if re.fullmatch(r"[1-46]\d{9}", number):
        raise MobileError("id_number")
    try:
        parsed = phonenumbers.parse(number, "SA")
    except phonenumbers.NumberParseException:
        raise MobileError("length") from None
    return _saudi(parsed) if parsed.country_code == 966 else _foreign(parsed)


def _saudi(parsed: phonenumbers.PhoneNumber) -> str:
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if _SAUDI_MOBILE.fullmatch(e164):
        return e164
    if str(parsed.national_number).startswith("5"):
        raise MobileError("length")
    if phonenumbers.is_possible_number(parsed):
        raise MobileError("landline")
    raise MobileError("length")


def _foreign(parsed: phonenumbers.PhoneNumber) -> str:
    mobile_types = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    region = phonenumbers.region_code_for_number(parsed)
    if region in settings.SMS_COUNTRIES and phonenumbers.number_type(parsed) in mobile_types:
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    raise MobileError("foreign")


def mask(mobile: str) -> str:
    """`+966512345621` as `05••••••21`: enough to recognise, not enough to dial."""
    national = "0" + mobile.removeprefix("+966") if mobile.startswith("+966") else mobile
    return f"{national[:2]}{_MASK}{_MASK[:2]}{national[-2:]}"
