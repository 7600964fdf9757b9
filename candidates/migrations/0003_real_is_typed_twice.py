from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("candidates", "0002_election_accepts_verified")]
    operations = [
        migrations.AddConstraint(
            model_name="election",
            constraint=models.CheckConstraint(
                condition=~models.Q(kind="real") | models.Q(entries_required=2),
                name="election_real_is_typed_twice",
            ),
        ),
    ]
