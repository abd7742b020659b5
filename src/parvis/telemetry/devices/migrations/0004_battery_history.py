import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0003_sources_gateways_downlinks")]

    operations = [
        migrations.CreateModel(
            name="Battery",
            fields=[
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="battery",
                        serialize=False,
                        to="devices.device",
                    ),
                ),
                ("levels", models.JSONField(default=list)),
                ("measured_on", models.DateField(verbose_name="relevé")),
                ("ends_on", models.DateField(null=True, verbose_name="vide le")),
            ],
            options={"verbose_name": "pile de capteur", "verbose_name_plural": "piles de capteur"},
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(fields=["name", "id"], name="devices_device_by_name"),
        ),
    ]
