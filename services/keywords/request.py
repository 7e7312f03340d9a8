from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import User
from core.hijri import in_digits
from messaging.inbound import Keyword, Reply
from services.models import ServiceRequest
from services.states import RequestState

_NONE = {"number": "", "state": "", "due_on": ""}


class Request(Keyword):
    name = "request"
    words = {"ar": ("طلب", "طلبي", "معاملة"), "en": ("request",)}
    summary = _("Says how a request of yours stands: send its number with it, or nothing for the newest one.")

    def answer(self, account: User, said: list[str]) -> Reply:
        submitted = ServiceRequest.objects.of(account).exclude(state=RequestState.DRAFT)
        numbers = [word for word in said[1:] if word.isdigit()]
        request = (submitted.filter(number=numbers[0]) if numbers else submitted).order_by("-pk").first()
        return Reply("answer_request", _standing(request, account.language) if request else _NONE)


def _standing(request: ServiceRequest, language: str) -> dict[str, str]:
    with override(language):
        state = request.get_state_display()
    due_on = in_digits(request.due_on, language) if request.due_on and request.is_open else ""
    return {"number": request.number, "state": str(state), "due_on": due_on}
