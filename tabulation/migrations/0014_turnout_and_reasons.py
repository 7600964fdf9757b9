"""What was published of a station's reasons is kept as text; timed turnout has its ledger.

Rows from before have no text though they have its hash. A constraint that is not validated would
still refuse to supersede them, since that writes them anew, so the constraint lets a missing text
pass, and a trigger asks of new rows alone that text and hash come together.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

REASONS = """
ALTER TABLE tabulation_publishedfigures ADD CONSTRAINT figures_reasons_are_hashed CHECK (
  reasons IS NULL
  OR (explanations IS NOT NULL AND explanations = sha256(convert_to(reasons, 'UTF8'))));
CREATE FUNCTION reasons_come_with_their_hash() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the reasons are published with their hash'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'reasons_come_with_their_hash';
END $$;
CREATE TRIGGER reasons_come_with_their_hash BEFORE INSERT ON tabulation_publishedfigures
  FOR EACH ROW WHEN (NEW.explanations IS NOT NULL AND NEW.reasons IS NULL)
  EXECUTE FUNCTION reasons_come_with_their_hash();
"""

# In the same transaction as the reading, whoever writes it. What was read before waits already.
QUEUE = """
CREATE FUNCTION turnout_is_queued() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_turnoutqueue (contest_id, station_id)
  SELECT DISTINCT contest_id, station_id FROM changed;
  RETURN NULL;
END $$;
CREATE TRIGGER turnout_is_queued_insert AFTER INSERT ON tabulation_timedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION turnout_is_queued();
CREATE TRIGGER turnout_is_queued_update AFTER UPDATE ON tabulation_timedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION turnout_is_queued();
INSERT INTO tabulation_turnoutqueue (contest_id, station_id)
SELECT DISTINCT contest_id, station_id FROM tabulation_timedturnout;
"""

LEDGER = """
CREATE TRIGGER evidence_stays BEFORE DELETE ON tabulation_publishedturnout
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER interval_closes_once BEFORE UPDATE ON tabulation_publishedturnout
  FOR EACH ROW EXECUTE FUNCTION interval_closes_once();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_publishedturnout
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
""" + "".join(
    f"""
CREATE TRIGGER {function}_{event.lower()} AFTER {event} ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}();"""
    for function in ("past_is_closed", "part_of_a_publication")
    for event in ("INSERT", "UPDATE")
)

# As `published_is_in_force` of 0011: few rows are looked up by key, many joined all at once.
RIGHT = """
      (
        n.hours, n.voters, n.reporting, n.registered, n.without_list, n.code, n.parent_id
      ) IS NOT DISTINCT FROM (
        t.hours, t.voters, array_fill(1, ARRAY[cardinality(n.hours)]),
        array_fill(cs.registered::bigint, ARRAY[cardinality(n.hours)]),
        array_fill((cs.registered IS NULL)::int, ARRAY[cardinality(n.hours)]), s.code, s.area_id
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL"""
ASKED = """
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE {right}),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n {joins}"""
READINGS = """
      SELECT contest_id, station_id, array_agg(hour ORDER BY hour) AS hours,
        array_agg(voters::bigint ORDER BY hour) AS voters
      FROM tabulation_timedturnout {where} GROUP BY contest_id, station_id {fence}"""
FEW = ASKED.format(
    right=RIGHT,
    joins=f"""
    LEFT JOIN LATERAL (SELECT id, code, area_id FROM tabulation_pollingstation
      WHERE id = n.station_id OFFSET 0) s ON true
    LEFT JOIN LATERAL (SELECT contest_id, registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id OFFSET 0) cs ON true
    LEFT JOIN LATERAL ({READINGS.format(
        where="WHERE contest_id = n.contest_id AND station_id = n.station_id", fence="OFFSET 0"
    )}) t ON true""",
)
MANY = ASKED.format(
    right=RIGHT,
    joins=f"""
    LEFT JOIN tabulation_pollingstation s ON s.id = n.station_id
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    LEFT JOIN ({READINGS.format(where="", fence="")}) t
      ON t.contest_id = n.contest_id AND t.station_id = n.station_id""",
)
REPORTED = f"""
CREATE FUNCTION published_turnout_is_reported() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  all_rows bigint; stations bigint; right_stations bigint; right_areas bigint := 0;
  contest bigint; others bigint; election bigint; elsewhere bigint;
  nested text := current_setting('enable_nestloop');
BEGIN
  IF (SELECT count(*) > 2000 FROM (SELECT FROM added LIMIT 2001) AS first) THEN
    PERFORM set_config('enable_nestloop', 'off', true);
    EXECUTE $all${MANY}$all$ INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
    PERFORM set_config('enable_nestloop', nested, true);
  ELSE
    {FEW} INTO all_rows, stations, right_stations, contest, others, election, elsewhere;
  END IF;
  IF stations < all_rows THEN
    SELECT count(*) INTO right_areas FROM added n
    JOIN tabulation_constituency head ON head.contest_id = n.contest_id
    JOIN tabulation_area a ON a.id = n.area_id AND a.election_id = n.election_id
      AND head.area_id = ANY (a.lineage)
    WHERE n.station_id IS NULL AND n.code = a.code
      AND n.parent_id IS NOT DISTINCT FROM CASE WHEN a.id <> head.area_id THEN a.parent_id END;
  END IF;
  IF right_stations <> stations OR right_areas <> all_rows - stations OR (
    all_rows > 0 AND (contest <> others OR election <> elsewhere OR NOT EXISTS (
      SELECT FROM candidates_contest WHERE id = contest AND election_id = election
    ))
  ) THEN
    RAISE EXCEPTION 'what is published of a station''s turnout is what was reported from there'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_turnout_is_reported';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER published_turnout_is_reported AFTER INSERT ON tabulation_publishedturnout
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION published_turnout_is_reported();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0003_real_is_typed_twice'),
        ('tabulation', '0013_without_a_list'),
    ]

    operations = [
        migrations.AddField(
            model_name='publishedfigures',
            name='reasons',
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name='TurnoutQueue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('contest', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='candidates.contest')),
                ('station', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tabulation.pollingstation')),
            ],
            options={
                'verbose_name_plural': 'turnout queue',
            },
        ),
        migrations.CreateModel(
            name='PublishedTurnout',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(db_collation='C', max_length=60)),
                ('hours', django.contrib.postgres.fields.ArrayField(base_field=models.TimeField(), size=None)),
                ('voters', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('reporting', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('registered', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('without_list', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('expected', models.PositiveIntegerField()),
                ('published_in', models.PositiveIntegerField()),
                ('superseded_in', models.PositiveIntegerField(blank=True, null=True)),
                ('area', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tabulation.area')),
                ('contest', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='candidates.contest')),
                ('election', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='candidates.election')),
                ('parent', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tabulation.area')),
                ('station', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tabulation.pollingstation')),
            ],
            options={
                'verbose_name_plural': 'published turnout',
                'indexes': [models.Index(fields=['parent', 'contest', 'code'], name='turnout_by_parent'), models.Index(fields=['station', 'contest'], name='turnout_by_station'), models.Index(fields=['area', 'contest'], name='turnout_by_area')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('station__isnull', False), ('superseded_in__isnull', True)), fields=('station', 'contest'), name='turnout_current_once_a_station'), models.UniqueConstraint(condition=models.Q(('area__isnull', False), ('superseded_in__isnull', True)), fields=('area', 'contest'), name='turnout_current_once_an_area'), models.CheckConstraint(condition=models.Q(models.Q(('area__isnull', False), ('station__isnull', True)), models.Q(('area__isnull', True), ('expected', 1), ('station__isnull', False)), _connector='OR'), name='turnout_of_a_station_or_an_area'), models.CheckConstraint(condition=models.Q(('hours__len__gte', 1), ('registered__len', models.F('hours__len')), ('reporting__len', models.F('hours__len')), ('voters__len', models.F('hours__len')), ('without_list__len', models.F('hours__len'))), name='turnout_arrays_run_over_the_hours'), models.CheckConstraint(condition=models.Q(('superseded_in__isnull', True), ('superseded_in__gt', models.F('published_in')), _connector='OR'), name='turnout_superseded_later')],
            },
        ),
        *(migrations.RunSQL(sql) for sql in (REASONS, QUEUE, LEDGER, REPORTED)),
    ]
