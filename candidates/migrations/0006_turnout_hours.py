import django.contrib.postgres.fields
from django.db import migrations, models

HOURS = """
CREATE FUNCTION hours_in_order(hours time[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT hours IS NOT DISTINCT FROM
    coalesce((SELECT array_agg(DISTINCT hour ORDER BY hour) FROM unnest(hours) AS h(hour)), '{}')
$$;
ALTER TABLE candidates_contest
  ADD CONSTRAINT contest_turnout_hours_in_order CHECK (hours_in_order(turnout_hours));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0005_outcome_details'),
    ]

    operations = [
        migrations.AddField(
            model_name='contest',
            name='turnout_hours',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TimeField(), blank=True, default=list, size=None),
        ),
        migrations.RunSQL(HOURS),
    ]
