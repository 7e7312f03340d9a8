"""Accounts, and what their holders agreed to."""

from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.models.branches import Branch
from accounts.states import HOLDING_A_USERNAME, PROVEN, STANDING, State
from core import clock
from core.states import StatefulQuerySet

# security.md, Numbers and keep.
CLAIM_LIFE = timedelta(hours=72)
# Ours: a day to get home from the kiosk and sign in.
TEMPORARY_PASSWORD_LIFE = timedelta(hours=24)
_COUNTED_UP_TO = 9


class UserQuerySet(StatefulQuerySet["User"]):
    def proven(self) -> Self:
        return self.filter(state__in=PROVEN)

    def activated(self) -> Self:
        return self.filter(state=State.ACTIVATED)

    def standing(self) -> Self:
        return self.filter(state__in=STANDING)

    def with_password(self) -> Self:
        """Whose password is looked at; a paused account is told so only to who knows it."""
        return self.filter(state__in=(*PROVEN, State.PAUSED), is_active=True)

    def staff(self) -> Self:
        return self.filter(state=State.STAFF)

    def named(self, username: str) -> Self:
        """Whatever the case; of accounts that hold their username, among which it is unique."""
        holding = self.filter(state__in=HOLDING_A_USERNAME)
        return holding.alias(lower_username=Lower("username")).filter(lower_username=username.lower())

    def claiming(self, id_number: str) -> Self:
        """Accounts that say they are this person, proven or not; activation leaves one."""
        return self.filter(id_number=id_number, state__in=(State.PENDING, State.REGISTERED))

    def voided_claims(self) -> Self:
        """Nothing was ever done with these; what an account that was activated once has asked for stays with it."""
        return self.filter(state=State.VOIDED, activated_at=None)

    def outlived(self) -> Self:
        """Claims nobody proved in time."""
        return self.filter(state__in=(State.PENDING, State.REGISTERED), claim_ends_at__lte=clock.now())


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get_queryset().named(username or "").get()

    def create_superuser(self, username: str, password: str, **facts: Any) -> "User":
        """For `manage.py createsuperuser`; the administrator adds a TOTP device with `manage.py officer_totp`."""
        user = self.model(username=username, state=State.STAFF, is_staff=True, is_superuser=True, **facts)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A claim to be the person with `id_number`, until a channel proves it; or an officer's account.

    A pending claim has not proven its mobile and reserves nothing: not the username, the number or the mobile.
    """

    id_number = models.CharField(
        _("ID / Iqama / Border number"), max_length=10, validators=[RegexValidator(r"^[1-6]\d{9}$")]
    )
    mobile = models.CharField(_("mobile number"), max_length=16, blank=True)
    email = models.EmailField(_("email"))
    username = models.CharField(_("username"), max_length=30)
    language = models.CharField(_("preferred language"), max_length=2, choices=settings.LANGUAGES, default="ar")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    # Why the register did not confirm the number: the page never tells, a text to the typed mobile does.
    dead_end = models.SlugField(editable=False, blank=True)
    branch = models.ForeignKey(Branch, models.PROTECT, verbose_name=_("branch"), null=True, blank=True)
    # Given by a kiosk: the next sign-in asks for another one.
    password_is_temporary = models.BooleanField(
        _("password is temporary"), default=False, db_default=False, editable=False
    )
    # Kept by the inbox, so that no page has to count.
    unread_notices = models.PositiveIntegerField(_("unread notices"), default=0, db_default=0, editable=False)
    password_ends_at = models.DateTimeField(_("temporary password ends"), null=True, editable=False)
    is_staff = models.BooleanField(_("officer"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    registered_at = models.DateTimeField(_("registration started"), db_default=Now(), editable=False)
    mobile_proven_at = models.DateTimeField(_("mobile proven"), null=True, editable=False)
    activated_at = models.DateTimeField(_("activated"), null=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    claim_ends_at = models.DateTimeField(_("claim ends"), null=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["id_number", "email"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        indexes = [
            models.Index(fields=["id_number"], name="user_by_id_number"),
            models.Index(fields=["mobile"], name="user_by_mobile"),
            models.Index(fields=["state", "-id"], name="user_by_state"),
            models.Index(
                fields=["claim_ends_at"],
                name="user_claim_ends",
                condition=Q(state__in=(State.PENDING, State.REGISTERED)),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="a_username_belongs_to_one_proven_account",
                condition=Q(state__in=HOLDING_A_USERNAME),
                violation_error_message=_("This username is taken. Choose another one."),
            ),
            models.UniqueConstraint(
                fields=["id_number"],
                name="a_person_has_one_activated_account",
                condition=Q(state__in=STANDING),
                violation_error_message=_("This person already has an activated account."),
            ),
            models.UniqueConstraint(
                fields=["mobile"],
                name="a_mobile_serves_one_activated_account",
                condition=Q(state__in=STANDING),
                violation_error_message=_("This mobile number serves another activated account."),
            ),
            # Who has two accounts could be both officers of a decision that takes two.
            models.UniqueConstraint(
                fields=["id_number"],
                name="a_person_has_one_officers_account",
                condition=Q(state=State.STAFF),
                violation_error_message=_("This person already has an officer's account."),
            ),
            models.CheckConstraint(name="an_account_has_a_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="activated_means_a_time_and_a_proven_mobile",
                condition=~Q(state__in=STANDING)
                | (Q(activated_at__isnull=False, mobile_proven_at__isnull=False) & ~Q(mobile="")),
            ),
            models.CheckConstraint(
                name="a_paused_account_has_a_time",
                condition=Q(state=State.PAUSED, paused_at__isnull=False) | (~Q(state=State.PAUSED) & Q(paused_at=None)),
            ),
            # Code of the release before takes the mark away and leaves the time.
            models.CheckConstraint(
                name="a_temporary_password_ends",
                condition=Q(password_is_temporary=False) | Q(password_ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_pending_claim_can_be_a_dead_end",
                condition=Q(dead_end="") | Q(state__in=(State.PENDING, State.VOIDED)),
            ),
            models.CheckConstraint(
                name="an_unproven_claim_ends",
                condition=~Q(state__in=(State.PENDING, State.REGISTERED))
                | Q(claim_ends_at__isnull=False)
                # An account that lost its mobile to another one waits for its holder.
                | Q(activated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="officers_and_residents_are_different_accounts",
                condition=Q(is_staff=True, state=State.STAFF) | (Q(is_staff=False) & ~Q(state=State.STAFF)),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_activated(self) -> bool:
        return self.state == State.ACTIVATED

    @property
    def may_be_signed_in(self) -> bool:
        return self.is_active and self.state in (*PROVEN, State.STAFF)

    @property
    def unread_shown(self) -> str:
        """For the header of every page; from ten on the number says nothing more."""
        return "9+" if self.unread_notices > _COUNTED_UP_TO else str(self.unread_notices or "")


class Pledge(models.Model):
    """What was accepted at registration, in which version, and when."""

    user = models.OneToOneField(User, models.CASCADE, related_name="pledge")
    version = models.CharField(max_length=10)
    accepted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.user_id} {self.version}"
