from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0005_events")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False),
        ),
    ]
