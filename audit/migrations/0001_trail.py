import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("size", models.PositiveIntegerField()),
                ("chain", models.CharField(max_length=64)),
                ("sealed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "audit seal",
                "verbose_name_plural": "audit seals",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        editable=False,
                        verbose_name="time",
                    ),
                ),
                (
                    "event",
                    models.CharField(
                        choices=[
                            ("registration_started", "Registration started"),
                            ("registration_finished", "Registration finished"),
                            ("mobile_changed", "Mobile number changed"),
                            ("mobile_taken_over", "Mobile number moved to another account"),
                            ("code_sent", "Code sent"),
                            ("code_wrong", "Wrong code typed"),
                            ("code_locked", "Codes locked"),
                            ("password_accepted", "Password accepted"),
                            ("password_refused", "Password refused"),
                            ("signed_in", "Signed in"),
                            ("signed_out", "Signed out"),
                            ("language_changed", "Language changed"),
                            ("claim_voided", "Claim voided by another activation"),
                            ("claim_expired", "Claim expired"),
                            ("account_activated", "Account activated"),
                            ("case_opened", "Activation case opened"),
                            ("attempt_begun", "Activation attempt begun"),
                            ("case_found", "Case looked up by an officer"),
                            ("case_viewed", "Case viewed by an officer"),
                            ("identity_confirmed", "Identity confirmed by an officer"),
                            ("identity_differed", "Identity differed, second officer asked"),
                            ("activation_refused", "Activation refused by an officer"),
                            ("fingerprint_recorded", "Fingerprint recorded"),
                            ("person_viewed", "Register record viewed"),
                            ("officer_signed_in", "Officer signed in"),
                            ("officer_changed", "Officer's account changed"),
                            ("register_imported", "Register imported"),
                        ],
                        max_length=40,
                        verbose_name="event",
                    ),
                ),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="account that acted")),
                ("subject_id", models.BigIntegerField(null=True, verbose_name="account acted upon")),
                ("details", models.JSONField(default=dict, verbose_name="details")),
                ("request_id", models.CharField(blank=True, max_length=32, verbose_name="request")),
                ("client_ip", models.GenericIPAddressField(null=True, verbose_name="network address")),
                ("digest", models.CharField(editable=False, max_length=64)),
                (
                    "seal",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="audit.seal",
                    ),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit trail",
                "indexes": [
                    models.Index(fields=["subject_id", "-id"], name="audit_by_subject"),
                    models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
                    models.Index(fields=["event", "-id"], name="audit_by_event"),
                    models.Index(fields=["seal"], name="audit_by_seal"),
                    models.Index(condition=models.Q(("seal", None)), fields=["id"], name="audit_unsealed"),
                ],
            },
        ),
    ]
