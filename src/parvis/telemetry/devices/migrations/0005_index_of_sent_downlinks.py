from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0004_battery_history")]

    operations = [
        migrations.AddIndex(
            model_name="downlink",
            index=models.Index(
                condition=models.Q(("sent_at__isnull", False)), fields=["sent_at"], name="devices_downlink_sent"
            ),
        )
    ]
