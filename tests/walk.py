"""Every page by its URL name, with the arguments it needs."""

from django.urls import reverse
from django.utils.translation import override

PUBLIC = (
    "home",
    "individuals",
    "terms",
    "privacy",
    "registration",
    "login",
    "recovery",
    "text_commands",
    "api_reference",
    "api_problems",
    "demo_phone",
    "demo_people",
    "demo_bank",
    "demo_bank_webhooks",
    "demo_bank_sign_in",
    "demo_nafath",
    "demo_phone_banking",
    "demo_atm",
    "demo_kiosk",
)
REGISTERING = ("registration_code", "registration_mobile", "registration_username", "registration_completed")
SIGNING_IN = ("login_code", "login_mobile", "login_password", "login_nafath")
CHANGING_MOBILE = ("new_mobile", "new_mobile_code", "new_mobile_consent")
PAUSED = ("paused", "paused_code")
RECOVERING = ("recovery_question", "recovery_code", "recovery_password")
SIGNED_IN = (
    "dashboard", "inbox", "family", "family_record", "requests", "requests_centre", "request_start", "account", "account_password", "account_email",
    "account_pause", "new_mobile_consent", "activation", "activation_officer", "activation_visit_print", "activation_visit",
    "activation_visit_cancel", "activation_visit_calendar", "activation_bank", "activation_kiosk", "activation_atm",
    "activation_nafath",
)  # fmt: skip
ENQUIRIES = ("my-data", "resident-identity-validity")
POSTED = (
    "registration_resend", "login_resend", "recovery_resend", "logout", "session_extend", "inbox_read", "activation_begin",
    "activation_nafath_ask", "login_nafath_ask", "login_nafath_finish",
    "new_mobile_again", "new_mobile_resend", "new_mobile_consent_resend", "new_mobile_stop", "paused_resend",
)  # fmt: skip
MACHINES = ("livez", "readyz")
_ARGUMENTS = {
    "activation_begin": ["officer"],
    "activation_channel": ["officer"],
    "activation_state": ["bank"],
    "code_state": ["login"],
    "requests_centre": ["civil-affairs"],
    "request_start": ["civil-affairs-messages"],
    "demo_bank_sign_in": ["app"],
    "captcha_image": ["registration", "0" * 32],
    "captcha_sound": ["registration", "0" * 32, "en"],
    "captcha_refresh": ["registration", "en"],
}


def path(name: str, language: str = "en") -> str:
    with override(language):
        return reverse("enquiry", args=[name]) if name in ENQUIRIES else reverse(name, args=_ARGUMENTS.get(name))


def pages(language: str = "en") -> dict[str, str]:
    """Whatever a GET reaches."""
    names = (
        *PUBLIC,
        *REGISTERING,
        *SIGNING_IN,
        *RECOVERING,
        *CHANGING_MOBILE,
        *PAUSED,
        *SIGNED_IN,
        *ENQUIRIES,
        *MACHINES,
        "code_state",
        "captcha_refresh",
        "activation_nafath_state",
        "login_nafath_state",
        "activation_state",
        "activation_channel",
    )
    return {name: path(name, language) for name in names}
