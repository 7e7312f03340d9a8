"""The one vocabulary of what can happen. A name says who is acted upon and what was done, in the past tense."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.TextChoices):
    REGISTRATION_STARTED = "registration_started", _("Registration started")
    REGISTRATION_FINISHED = "registration_finished", _("Registration finished")
    MOBILE_CHANGED = "mobile_changed", _("Mobile number changed")
    MOBILE_TAKEN_OVER = "mobile_taken_over", _("Mobile number moved to another account")
    CODE_SENT = "code_sent", _("Code sent")
    CODE_WRONG = "code_wrong", _("Wrong code typed")
    CODE_LOCKED = "code_locked", _("Codes locked")
    PASSWORD_ACCEPTED = "password_accepted", _("Password accepted")
    PASSWORD_REFUSED = "password_refused", _("Password refused")
    SIGNED_IN = "signed_in", _("Signed in")
    SIGNED_OUT = "signed_out", _("Signed out")
    LANGUAGE_CHANGED = "language_changed", _("Language changed")
    CLAIM_VOIDED = "claim_voided", _("Claim voided by another activation")
    CLAIM_EXPIRED = "claim_expired", _("Claim expired")
    ACCOUNT_ACTIVATED = "account_activated", _("Account activated")
    CASE_OPENED = "case_opened", _("Activation case opened")
    ATTEMPT_BEGUN = "attempt_begun", _("Activation attempt begun")
    CASE_FOUND = "case_found", _("Case looked up by an officer")
    CASE_VIEWED = "case_viewed", _("Case viewed by an officer")
    IDENTITY_CONFIRMED = "identity_confirmed", _("Identity confirmed by an officer")
    IDENTITY_DIFFERED = "identity_differed", _("Identity differed, second officer asked")
    ACTIVATION_REFUSED = "activation_refused", _("Activation refused by an officer")
    FINGERPRINT_RECORDED = "fingerprint_recorded", _("Fingerprint recorded")
    PERSON_VIEWED = "person_viewed", _("Register record viewed")
    REGISTER_SEARCHED = "register_searched", _("Register searched by an officer")
    ACCOUNT_VIEWED = "account_viewed", _("Account viewed by an officer")
    OFFICER_SIGNED_IN = "officer_signed_in", _("Officer signed in")
    OFFICER_CHANGED = "officer_changed", _("Officer's account changed")
    REGISTER_IMPORTED = "register_imported", _("Register imported")
