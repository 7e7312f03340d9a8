"""Problems of delivery, for staff: what a slug in a message or a gateway's health means."""

from django.utils.translation import gettext_lazy as _

PROBLEMS = {
    "no_answer": _("No answer in time"),
    "answer_lost": _("The answer got lost"),
    "unreachable": _("The operator could not be reached"),
    "line_down": _("The line to the operator is down"),
    "unreadable_answer": _("An answer that cannot be read"),
    "busy": _("The operator is busy"),
    "operator_error": _("A fault at the operator"),
    "not_authorised": _("Our name, password or sender is not accepted"),
    "no_funds": _("The account at the operator is empty"),
    "gateway_error": _("A fault in the gateway's own code"),
    "refused": _("Refused by the operator"),
    "invalid_number": _("Not a valid number"),
    "unknown_number": _("A number the operator does not know"),
    "not_a_mobile": _("Not a mobile number"),
    "opted_out": _("The person does not want messages"),
    "blocked": _("Blocked on the way"),
    "phone_off": _("Phone switched off or without signal"),
    "not_delivered": _("Not delivered, without a reason"),
    "too_late": _("Not sent while it was of use"),
    "unreadable": _("Sealed with a key that is gone"),
}


def of_problem(slug: str) -> str:
    return str(PROBLEMS.get(slug, slug))
