import django.db.models.functions.datetime
import messaging.models
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SendCounter",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("spent", models.PositiveIntegerField()),
                ("strikes", models.PositiveSmallIntegerField(default=0)),
                ("window_ends_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DemoText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("to", models.CharField(max_length=16)),
                ("text", models.TextField()),
                ("reference", models.CharField(max_length=26)),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "indexes": [models.Index(fields=["to", "-id"], name="demo_text_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("reference",), name="a_phone_receives_a_reference_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reference",
                    models.CharField(
                        default=messaging.models.new_reference,
                        editable=False,
                        max_length=26,
                        verbose_name="reference",
                    ),
                ),
                ("to", models.CharField(max_length=16, verbose_name="mobile number")),
                ("purpose", models.SlugField(db_index=False, max_length=40, verbose_name="purpose")),
                (
                    "language",
                    models.CharField(
                        choices=[("ar", "العربية"), ("en", "English")], max_length=2, verbose_name="language"
                    ),
                ),
                (
                    "queue",
                    models.CharField(
                        choices=[("otp", "Codes"), ("notices", "Notices")], max_length=8, verbose_name="queue"
                    ),
                ),
                ("sealed_body", models.TextField(editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "On its way to the operator"),
                            ("sent", "At the operator"),
                            ("failed", "Not delivered"),
                            ("expired", "Too late to send"),
                        ],
                        default="queued",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("gateway", models.SlugField(blank=True, db_index=False, verbose_name="gateway")),
                (
                    "gateway_reference",
                    models.CharField(blank=True, max_length=80, verbose_name="the gateway's reference"),
                ),
                (
                    "refused_by",
                    models.CharField(
                        blank=True, help_text="Names of gateways.", max_length=200, verbose_name="refused by"
                    ),
                ),
                ("problem", models.SlugField(blank=True, db_index=False, verbose_name="problem")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="written"
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="due"
                    ),
                ),
                ("lives_until", models.DateTimeField(verbose_name="of use until")),
                ("claimed_at", models.DateTimeField(null=True, verbose_name="claimed")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["due_at"], name="message_due"
                    ),
                    models.Index(
                        condition=models.Q(("state", "sending")),
                        fields=["claimed_at"],
                        name="message_claimed",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("failed", "expired"))),
                        fields=["state", "-id"],
                        name="message_lost",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", False)),
                        fields=["ended_at"],
                        name="message_ended",
                    ),
                    models.Index(fields=["to", "-id"], name="message_by_mobile"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("reference",), name="a_reference_belongs_to_one_message"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("sealed_body", ""),
                                ("state__in", ("sent", "failed", "expired")),
                            ),
                            models.Q(
                                models.Q(("state__in", ("sent", "failed", "expired")), _negated=True),
                                ("ended_at", None),
                                models.Q(("sealed_body", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="an_ended_message_has_a_time_and_no_body",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sending"), _negated=True),
                            ("claimed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="a_message_being_sent_is_claimed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "sent"), _negated=True),
                            models.Q(("gateway", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_sent_message_names_its_gateway",
                    ),
                ],
            },
        ),
    ]
