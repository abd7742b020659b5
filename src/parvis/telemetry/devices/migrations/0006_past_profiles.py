import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0005_index_of_sent_downlinks"),
    ]

    operations = [
        migrations.CreateModel(
            name="PastProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("mapping", models.JSONField(default=list, verbose_name="correspondance")),
                ("battery_field", models.CharField(blank=True, max_length=200, verbose_name="champ de la pile")),
                ("battery_empty", models.FloatField(null=True, verbose_name="pile vide (V)")),
                ("battery_full", models.FloatField(null=True, verbose_name="pile pleine (V)")),
                ("replaced_at", models.DateTimeField(verbose_name="remplacée")),
                (
                    "profile",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="past", to="devices.deviceprofile"
                    ),
                ),
            ],
            options={
                "verbose_name": "version passée de profil",
                "verbose_name_plural": "versions passées de profil",
                "ordering": ["-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("profile", "version"), name="devices_pastprofile_version_once")
                ],
            },
        ),
    ]
