
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_receipts_health_and_received_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="HourlyFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.SlugField(db_index=False, verbose_name="gateway")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("counted_at", models.DateTimeField(null=True)),
                ("sent", models.PositiveIntegerField(default=0)),
                ("delivered_in_time", models.PositiveIntegerField(default=0)),
                ("lost", models.PositiveIntegerField(default=0)),
                ("codes_sent", models.PositiveIntegerField(default=0)),
                ("codes_used", models.PositiveIntegerField(default=0)),
                ("price_halalas", models.PositiveBigIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
                ("gateway_call", models.JSONField(default=list)),
                ("to_gateway", models.JSONField(default=list)),
                ("to_handset", models.JSONField(default=list)),
            ],
            options={
                "verbose_name": "delivery figures",
                "verbose_name_plural": "delivery figures",
                "indexes": [models.Index(fields=["hour"], name="figures_by_hour")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("gateway", "hour"), name="a_gateway_has_figures_once_an_hour"
                    )
                ],
            },
        ),
    ]
