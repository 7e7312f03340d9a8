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
)
REGISTERING = ("registration_code", "registration_mobile", "registration_username", "registration_completed")
SIGNING_IN = ("login_code", "login_mobile", "login_password")
RECOVERING = ("recovery_question", "recovery_code", "recovery_password")
SIGNED_IN = (
    "dashboard", "account", "account_password", "activation", "activation_officer", "activation_visit_print", "activation_bank",
)  # fmt: skip
ENQUIRIES = ("my-data", "resident-identity-validity", "report-family")
POSTED = ("registration_resend", "login_resend", "recovery_resend", "logout", "session_extend", "activation_begin")
MACHINES = ("livez", "readyz")
_ARGUMENTS = {
    "activation_begin": ["officer"],
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
        "activation_bank_state",
    )
    return {name: path(name, language) for name in names}
