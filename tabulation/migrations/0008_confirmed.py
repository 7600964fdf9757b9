import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def person() -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0007_rulings")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="one_time_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(model_name="user", name="changed_by", field=person()),
        migrations.AddField(
            model_name="user",
            name="changed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(model_name="user", name="confirmed_by", field=person()),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(changed_by=None) | ~Q(changed_by=F("id")),
                name="user_is_changed_by_somebody_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(confirmed_by=None)
                | Q(changed_by__isnull=False)
                & ~Q(confirmed_by=F("changed_by"))
                & ~Q(confirmed_by=F("id")),
                name="user_is_confirmed_by_a_second_person",
            ),
        ),
    ]
