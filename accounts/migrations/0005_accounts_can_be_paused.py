
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_branch_hours"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="user",
            name="a_username_belongs_to_one_proven_account",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="a_person_has_one_activated_account",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="a_mobile_serves_one_activated_account",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="activated_means_a_time_and_a_proven_mobile",
        ),
        migrations.AddField(
            model_name="user",
            name="paused_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="paused"),
        ),
        migrations.AlterField(
            model_name="user",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Mobile not proven yet"),
                    ("registered", "Registered"),
                    ("activated", "Activated"),
                    ("paused", "Paused by its holder"),
                    ("voided", "Voided"),
                    ("staff", "Officer"),
                ],
                default="pending",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                condition=models.Q(("state__in", ("registered", "activated", "paused", "staff"))),
                name="a_username_belongs_to_one_proven_account",
                violation_error_message="This username is taken. Choose another one.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("activated", "paused"))),
                fields=("id_number",),
                name="a_person_has_one_activated_account",
                violation_error_message="This person already has an activated account.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("activated", "paused"))),
                fields=("mobile",),
                name="a_mobile_serves_one_activated_account",
                violation_error_message="This mobile number serves another activated account.",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("activated", "paused")), _negated=True),
                    models.Q(
                        ("activated_at__isnull", False),
                        ("mobile_proven_at__isnull", False),
                        models.Q(("mobile", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="activated_means_a_time_and_a_proven_mobile",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paused_at__isnull", False), ("state", "paused")),
                    models.Q(models.Q(("state", "paused"), _negated=True), ("paused_at", None)),
                    _connector="OR",
                ),
                name="a_paused_account_has_a_time",
            ),
        ),
    ]
