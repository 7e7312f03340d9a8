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
    "demo_bank_sign_in",
    "demo_nafath",
    "demo_phone_banking",
    "demo_atm",
    "demo_kiosk",
)
REGISTERING = ("registration_code", "registration_mobile", "registration_username", "registration_completed")
SIGNING_IN = ("login_code", "login_mobile", "login_password", "login_nafath")
RECOVERING = ("recovery_question", "recovery_code", "recovery_password")
SIGNED_IN = (
    "dashboard", "account", "account_password", "activation", "activation_officer", "activation_visit_print", "activation_bank",
    "activation_kiosk", "activation_atm", "activation_nafath",
)  # fmt: skip
ENQUIRIES = ("my-data", "resident-identity-validity", "report-family")
POSTED = (
    "registration_resend",
    "login_resend",
    "recovery_resend",
    "logout",
    "session_extend",
    "activation_begin",
    "activation_nafath_ask",
    "login_nafath_ask",
    "login_nafath_finish",
)
MACHINES = ("livez", "readyz")
_ARGUMENTS = {
    "activation_begin": ["officer"],
    "activation_channel": ["officer"],
    "activation_state": ["bank"],
    "code_state": ["login"],
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
