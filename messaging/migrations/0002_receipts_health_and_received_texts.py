import django.db.models.functions.datetime
from django.db import migrations, models


def _sent_is_no_end(apps, schema_editor):
    messages = apps.get_model("messaging", "Message").objects.filter(state="sent")
    messages.update(sent_at=models.F("ended_at"), ended_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_outbox"),
    ]

    operations = [
        migrations.CreateModel(
            name="CeilingLift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lifted_by_id", models.BigIntegerField(verbose_name="supervisor")),
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("more", models.PositiveIntegerField(verbose_name="more messages")),
                (
                    "lifted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="lifted"
                    ),
                ),
            ],
            options={
                "verbose_name": "lift of the daily ceiling",
                "verbose_name_plural": "lifts of the daily ceiling",
            },
        ),
        migrations.CreateModel(
            name="GatewayHealth",
            fields=[
                ("name", models.SlugField(primary_key=True, serialize=False, verbose_name="gateway")),
                ("weight", models.PositiveSmallIntegerField(default=100, verbose_name="weight (%)")),
                (
                    "weighed_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="weight set"
                    ),
                ),
                ("open_until", models.DateTimeField(null=True, verbose_name="paused until")),
                ("errors_in_a_row", models.PositiveIntegerField(default=0)),
                ("errors_in_window", models.PositiveIntegerField(default=0)),
                (
                    "window_ends_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("slow_receipts_in_a_row", models.PositiveIntegerField(default=0)),
                ("last_success_at", models.DateTimeField(null=True, verbose_name="last success")),
                ("last_error_at", models.DateTimeField(null=True, verbose_name="last error")),
                ("last_problem", models.SlugField(blank=True, db_index=False, verbose_name="last problem")),
                (
                    "unknown_receipts",
                    models.PositiveIntegerField(default=0, verbose_name="receipts for unknown messages"),
                ),
                (
                    "forged_calls",
                    models.PositiveIntegerField(
                        default=0, verbose_name="calls that did not come from the operator"
                    ),
                ),
            ],
            options={
                "verbose_name": "gateway",
                "verbose_name_plural": "gateways",
            },
        ),
        migrations.CreateModel(
            name="ReceivedText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.SlugField(db_index=False, verbose_name="gateway")),
                (
                    "gateway_reference",
                    models.CharField(max_length=80, verbose_name="the gateway's reference"),
                ),
                ("sender", models.CharField(max_length=16, verbose_name="mobile number")),
                ("keyword", models.SlugField(blank=True, db_index=False, verbose_name="keyword")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("answered", "Answered"),
                            ("not_understood", "Not understood"),
                            ("stranger", "No activated account with this mobile"),
                            ("silent", "Not answered: too many today"),
                        ],
                        max_length=16,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="received"
                    ),
                ),
            ],
            options={
                "verbose_name": "received text",
                "verbose_name_plural": "received texts",
            },
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="an_ended_message_has_a_time_and_no_body",
        ),
        migrations.RemoveConstraint(
            model_name="message",
            name="a_sent_message_names_its_gateway",
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="message_ended",
        ),
        migrations.RenameField(model_name="message", old_name="refused_by", new_name="not_again"),
        migrations.AlterField(
            model_name="message",
            name="not_again",
            field=models.CharField(
                blank=True,
                help_text="Gateways that refused it, or may have it.",
                max_length=200,
                verbose_name="not offered again to",
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="price_halalas",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="estimated price (halalas)"),
        ),
        migrations.AddField(
            model_name="message",
            name="segments",
            field=models.PositiveSmallIntegerField(default=1, verbose_name="segments"),
        ),
        migrations.AddField(
            model_name="message",
            name="sent_at",
            field=models.DateTimeField(null=True, verbose_name="handed over"),
        ),
        migrations.AddField(
            model_name="message",
            name="used_at",
            field=models.DateTimeField(null=True, verbose_name="code used"),
        ),
        migrations.AlterField(
            model_name="message",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="delivered, failed or too late"),
        ),
        migrations.RunPython(_sent_is_no_end, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("sending", "On its way to the operator"),
                    ("sent", "At the operator"),
                    ("delivered", "Delivered"),
                    ("failed", "Not delivered"),
                    ("expired", "Too late to send"),
                ],
                default="queued",
                max_length=9,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["created_at"], name="message_by_age"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("gateway_reference", ""), _negated=True),
                fields=["gateway", "gateway_reference"],
                name="message_by_gateway_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ("delivered", "failed", "expired"))),
                    models.Q(
                        models.Q(("state__in", ("delivered", "failed", "expired")), _negated=True),
                        ("ended_at", None),
                    ),
                    _connector="OR",
                ),
                name="an_ended_message_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("queued", "sending")), models.Q(("sealed_body", ""), _negated=True)
                    ),
                    models.Q(
                        models.Q(("state__in", ("queued", "sending")), _negated=True), ("sealed_body", "")
                    ),
                    _connector="OR",
                ),
                name="a_message_has_a_body_until_it_is_sent_or_ended",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["queued", "sending", "sent", "delivered", "failed", "expired"])
                ),
                name="a_message_has_a_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("queue__in", ["otp", "notices"])), name="a_message_has_a_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("to__regex", "^\\+\\d{8,15}$")), name="a_message_goes_to_a_mobile"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("sent", "delivered")), _negated=True),
                    models.Q(models.Q(("gateway", ""), _negated=True), ("sent_at__isnull", False)),
                    _connector="OR",
                ),
                name="a_sent_message_names_its_gateway_and_has_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="ceilinglift",
            index=models.Index(fields=["lifted_at"], name="ceiling_lift_by_time"),
        ),
        migrations.AddConstraint(
            model_name="ceilinglift",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="a_lift_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="gatewayhealth",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__range", (0, 100))), name="a_weight_is_a_percentage"
            ),
        ),
        migrations.AddIndex(
            model_name="receivedtext",
            index=models.Index(fields=["received_at"], name="received_text_by_age"),
        ),
        migrations.AddIndex(
            model_name="receivedtext",
            index=models.Index(fields=["sender", "-id"], name="received_text_by_sender"),
        ),
        migrations.AddConstraint(
            model_name="receivedtext",
            constraint=models.UniqueConstraint(
                fields=("gateway", "gateway_reference"), name="a_text_is_received_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="receivedtext",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ("answered", "not_understood", "stranger", "silent"))),
                name="a_received_text_has_an_outcome",
            ),
        ),
    ]
