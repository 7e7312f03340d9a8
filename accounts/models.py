"""Who you are: accounts, the codes that prove a mobile, sessions, and what somebody agreed to."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.states import HOLDING_A_USERNAME, PROVEN, STANDING, UNDER_WAY, MobileChangeState, State
from core import clock, phones
from core.states import StatefulQuerySet
from core.throttle import Counter, CounterQuerySet
from messaging.models import Message

# security.md, Numbers and keep.
CLAIM_LIFE = timedelta(hours=72)
CODE_LIFE = timedelta(minutes=5)
CODE_TRIES = 5
_COUNTED_UP_TO = 9
# Ours: a day to get home from the kiosk and sign in.
TEMPORARY_PASSWORD_LIFE = timedelta(hours=24)


class Branch(models.Model):
    """An office where officers work and residents are received."""

    name_ar = models.CharField(_("name in Arabic"), max_length=80, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80, unique=True)
    city_ar = models.CharField(_("city in Arabic"), max_length=40)
    city_en = models.CharField(_("city in English"), max_length=40)
    address_ar = models.CharField(_("address in Arabic"), max_length=120)
    address_en = models.CharField(_("address in English"), max_length=120)
    hours_ar = models.CharField(_("opening hours in Arabic"), max_length=120, blank=True, default="", db_default="")
    hours_en = models.CharField(_("opening hours in English"), max_length=120, blank=True, default="", db_default="")
    places_at_once = models.PositiveSmallIntegerField(
        _("visits at the same time"),
        default=2,
        db_default=2,
        help_text=_("How many visits can be booked for one time. With 0 none can be booked; people come without."),
    )

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self._in_language("name")

    @property
    def city(self) -> str:
        return self._in_language("city")

    @property
    def address(self) -> str:
        return f"{self.city} – {self._in_language('address')}"

    @property
    def hours(self) -> str:
        return self._in_language("hours")

    def _in_language(self, field: str) -> str:
        return getattr(self, f"{field}_{'ar' if get_language() == 'ar' else 'en'}")


class Weekday(models.IntegerChoices):
    SUNDAY = 0, _("Sunday")
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")

    @classmethod
    def of(cls, day: date) -> "Weekday":
        return cls(day.isoweekday() % 7)


# Of a new branch, until its supervisor says otherwise.
WORKING_WEEK = (Weekday.SUNDAY, Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY)
USUAL_HOURS = (time(8), time(14, 30))


class OpeningHours(models.Model):
    """When visits to a branch can be booked, in the Kingdom's time. A weekday without hours is closed."""

    branch = models.ForeignKey(Branch, models.CASCADE, verbose_name=_("branch"), related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens_at = models.TimeField(_("opens at"))
    closes_at = models.TimeField(_("closes at"))

    class Meta:
        verbose_name = _("hours of visits")
        verbose_name_plural = _("hours of visits")
        ordering = ["weekday"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "weekday"],
                name="a_branch_has_one_pair_of_hours_a_weekday",
                violation_error_message=_("This weekday has its hours already. Change those."),
            ),
            models.CheckConstraint(name="opening_hours_have_a_weekday", condition=Q(weekday__in=Weekday.values)),
            models.CheckConstraint(
                name="a_branch_opens_before_it_closes",
                condition=Q(opens_at__lt=F("closes_at")),
                violation_error_message=_("The branch has to open before it closes. Compare the two times."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class ClosedDay(models.Model):
    """A day without visits: of one branch, or of all."""

    day = models.DateField(_("day"))
    branch = models.ForeignKey(
        Branch,
        models.CASCADE,
        verbose_name=_("branch"),
        null=True,
        blank=True,
        related_name="closed_days",
    )
    reason_ar = models.CharField(_("reason in Arabic"), max_length=60)
    reason_en = models.CharField(_("reason in English"), max_length=60)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        constraints = [
            models.UniqueConstraint(
                fields=["day"],
                name="a_day_is_closed_once_for_all_branches",
                condition=Q(branch=None),
                violation_error_message=_("This day is closed for all branches already."),
            ),
            models.UniqueConstraint(
                fields=["day", "branch"],
                name="a_day_is_closed_once_for_a_branch",
                condition=Q(branch__isnull=False),
                violation_error_message=_("This day is closed for this branch already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"

    @property
    def reason(self) -> str:
        return self.reason_ar if get_language() == "ar" else self.reason_en


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


class MobileChangeQuerySet(StatefulQuerySet["MobileChange"]):
    def under_way(self) -> Self:
        return self.filter(state__in=UNDER_WAY)

    def due(self) -> Self:
        return self.filter(state=MobileChangeState.WAITING, moves_at__lte=clock.now())

    def outlived(self, life: timedelta) -> Self:
        """Asked for, and nobody was proven in time."""
        asked = self.filter(state=MobileChangeState.ASKED, asked_at__lte=clock.ahead(-life))
        return asked.filter(Q(held_until=None) | Q(held_until__lte=clock.now()))


class MobileChange(models.Model):
    """An account is to get another mobile, whose code was typed at `asked_at`. Then the old number consents by a code of its
    own, or it is lost and an activation channel proves the person again: the number moves at once or, after a notice to the
    old one, at `moves_at` (domain §4)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="mobile_changes", verbose_name=_("account"))
    mobile = models.CharField(_("new mobile number"), max_length=16)
    state = models.CharField(_("state"), max_length=10, choices=MobileChangeState, default=MobileChangeState.ASKED)
    asked_at = models.DateTimeField(_("asked"), db_default=Now())
    # An attempt that is to prove the person can be completed until then.
    held_until = models.DateTimeField(_("held until"), null=True)
    moves_at = models.DateTimeField(_("moves at"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = MobileChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of mobile")
        verbose_name_plural = _("changes of mobile")
        indexes = [
            models.Index(fields=["moves_at"], name="mobile_change_due", condition=Q(state=MobileChangeState.WAITING))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="an_account_has_one_change_of_mobile_under_way", condition=Q(state__in=UNDER_WAY)
            ),
            models.CheckConstraint(
                name="a_change_of_mobile_has_a_state", condition=Q(state__in=MobileChangeState.values)
            ),
            models.CheckConstraint(
                name="a_change_that_waits_has_a_time",
                condition=~Q(state=MobileChangeState.WAITING) | Q(moves_at__isnull=False),
            ),
            models.CheckConstraint(
                name="an_ended_change_of_mobile_has_a_time",
                condition=Q(state__in=UNDER_WAY, ended_at=None) | (~Q(state__in=UNDER_WAY) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_asked(self) -> bool:
        """The person is still to be proven."""
        return self.state == MobileChangeState.ASKED

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def masked_mobile(self) -> str:
        return phones.mask(self.mobile)


class Purpose(models.TextChoices):
    REGISTRATION = "registration", _("Registration")
    LOGIN = "login", _("Sign-in")
    ACTIVATION = "activation", _("Activation")
    RECOVERY = "recovery", _("Recovery")
    NEW_MOBILE = "new_mobile", _("Another mobile number")
    OLD_MOBILE = "old_mobile", _("Consent of the old mobile number")
    RE_PROVING = "re_proving", _("Proving the person again")
    KIOSK = "kiosk", _("At a kiosk")


class CodeQuerySet(models.QuerySet["OneTimeCode"]):
    def live(self) -> Self:
        return self.filter(consumed_at=None, voided_at=None, expires_at__gt=clock.now())


class OneTimeCode(models.Model):
    """A code sent by SMS. Kept as a keyed digest bound to the flow (a secret of one browser session), the purpose and
    the account; a resend replaces it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=20, choices=Purpose)
    flow = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=2)
    tries = models.PositiveSmallIntegerField(default=0)
    message = models.ForeignKey(Message, models.SET_NULL, null=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    # Not a column: the database's time, where accounts.actions.codes reads it along.
    read_at: datetime

    objects = CodeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="code_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["flow"], name="a_flow_has_one_live_code", condition=Q(consumed_at=None, voided_at=None)
            ),
            models.CheckConstraint(name="a_code_is_tried_five_times_at_most", condition=Q(tries__lte=CODE_TRIES)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Session(AbstractBaseSession):
    """A browser's session in the database (it must survive Redis). `expire_date` is moved by the idle rule, never
    beyond `ends_at`."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    ends_at = models.DateTimeField(null=True)
    idle_seconds = models.PositiveIntegerField(default=15 * 60)
    touched_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[BaseSessionManager[Self]] = BaseSessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string("accounts.sessions.SessionStore")


class TryCounter(Counter):
    objects = CounterQuerySet["TryCounter"].as_manager()
