import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

# A reader who compares two maps compares figures, not outlines that were drawn anew.
FIXED = """
CREATE FUNCTION shapes_are_fixed() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tabulation_area a
    JOIN tabulation_publication p ON p.election_id = a.election_id
    WHERE a.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.area_id ELSE NEW.area_id END
      OR a.id = CASE WHEN TG_OP = 'INSERT' THEN NEW.area_id ELSE OLD.area_id END
  ) THEN
    RAISE EXCEPTION 'the shapes of areas are fixed once anything of the election is published'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'shapes_are_fixed';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER shapes_are_fixed BEFORE INSERT OR UPDATE OR DELETE ON tabulation_areashape
  FOR EACH ROW EXECUTE FUNCTION shapes_are_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0014_turnout_and_reasons")]
    operations = [
        migrations.CreateModel(
            name="AreaShape",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("geometry", models.JSONField()),
                (
                    "area",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shape",
                        to="tabulation.area",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(geometry__type="MultiPolygon"), name="shape_is_a_multipolygon"
                    )
                ],
            },
        ),
        migrations.RunSQL(FIXED),
    ]
