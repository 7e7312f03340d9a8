"""What became of a webhook's last try, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_PROBLEMS: dict[str, Promise] = {
    "refused": _("Not answered with a 2xx"),
    "unreachable": _("Nobody answered at the address"),
    "address_refused": _("The name leads into a private network"),
    "no_answer": _("No answer within 5 seconds"),
    "answer_lost": _("The connection broke off"),
    "unreadable_answer": _("The answer was longer than 64 KB"),
    "switched_off": _("Webhooks of this partner are turned off"),
}


def of_problem(problem: str) -> str:
    return str(_PROBLEMS.get(problem, problem))
