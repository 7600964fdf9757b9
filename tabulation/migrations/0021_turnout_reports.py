"""Who reported how many voters had come by an hour: evidence, of which the newest counts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Asked in the order of the day, under a lock on the station's place in the contest: two people who
# report two hours of one station at once see each other's figure.
REPORTS = r"""
ALTER TABLE tabulation_turnoutreport ADD CONSTRAINT turnout_report_station_votes_in_contest
  FOREIGN KEY (contest_id, station_id)
  REFERENCES tabulation_conteststation (contest_id, station_id);

CREATE FUNCTION lock_turnout(contest bigint, station bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('turnout ' || contest || ' ' || station, 0));
END $$;

CREATE FUNCTION turnout_report_follows() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE place record; stood bigint; reports integer;
BEGIN
  PERFORM lock_turnout(NEW.contest_id, NEW.station_id);
  SELECT cs.registered, c.turnout_hours, e.time_zone, e.polling_days[c.round] AS day INTO place
  FROM tabulation_conteststation cs
  JOIN candidates_contest c ON c.id = cs.contest_id
  JOIN candidates_election e ON e.id = c.election_id
  WHERE cs.contest_id = NEW.contest_id AND cs.station_id = NEW.station_id;
  IF NOT FOUND THEN
    RETURN NEW;  -- the foreign key refuses it
  END IF;
  IF NEW.hour <> ALL (place.turnout_hours) AND (
    cardinality(place.turnout_hours) > 0 OR NOT EXISTS (
      SELECT FROM tabulation_timedturnout WHERE contest_id = NEW.contest_id AND hour = NEW.hour)
  ) THEN
    RAISE EXCEPTION 'nobody reports turnout by % in this contest', NEW.hour
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_is_of_an_hour';
  END IF;
  IF (NEW.at >= (place.day + NEW.hour) AT TIME ZONE place.time_zone) IS NOT TRUE THEN
    RAISE EXCEPTION 'turnout by % is reported when it is that hour', NEW.hour
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_hour_has_come';
  END IF;
  SELECT voters INTO stood FROM tabulation_timedturnout
  WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour;
  SELECT count(*) INTO reports FROM tabulation_turnoutreport
  WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour;
  IF NEW.number <> reports + 1 OR NEW.was IS DISTINCT FROM stood THEN
    RAISE EXCEPTION 'a report follows the last one, and says what stood until then'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_report_follows';
  END IF;
  IF NEW.reason !~ '\S' AND (NEW.voters > place.registered OR EXISTS (
    SELECT FROM tabulation_timedturnout t
    WHERE t.contest_id = NEW.contest_id AND t.station_id = NEW.station_id
      AND ((t.hour < NEW.hour AND t.voters > NEW.voters)
        OR (t.hour > NEW.hour AND t.voters < NEW.voters))
  )) THEN
    RAISE EXCEPTION 'fewer than before, more than later or more than listed: for a reason only'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_odd_for_a_reason';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER turnout_report_follows BEFORE INSERT ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION turnout_report_follows();

CREATE FUNCTION turnout_report_is_a_persons() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE person tabulation_user;
BEGIN
  SELECT * INTO person FROM tabulation_user
  WHERE id = NEW.by_id AND role IN ('intake', 'supervisor', 'member') AND is_active
    AND (changed_by_id IS NULL OR confirmed_by_id IS NOT NULL);
  IF person.id IS NULL OR (person.area_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM tabulation_pollingstation s JOIN tabulation_area a ON a.id = s.area_id
    WHERE s.id = NEW.station_id AND person.area_id = ANY (a.lineage)
  )) THEN
    RAISE EXCEPTION 'intake clerks, supervisors and members report the turnout of their area'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_report_is_a_persons';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER turnout_report_is_a_persons BEFORE INSERT ON tabulation_turnoutreport
  FOR EACH ROW WHEN (NEW.by_id IS NOT NULL) EXECUTE FUNCTION turnout_report_is_a_persons();

CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_turnoutreport
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
"""

# The figure that is published is written here alone, so that it cannot be another than was reported.
NEWEST = """
CREATE FUNCTION newest_report_counts() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_timedturnout (contest_id, station_id, hour, voters)
  VALUES (NEW.contest_id, NEW.station_id, NEW.hour, NEW.voters)
  ON CONFLICT (contest_id, station_id, hour) DO UPDATE SET voters = excluded.voters;
  RETURN NULL;
END $$;
CREATE TRIGGER newest_report_counts AFTER INSERT ON tabulation_turnoutreport
  FOR EACH ROW EXECUTE FUNCTION newest_report_counts();

CREATE FUNCTION turnout_is_what_was_reported() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.contest_id, NEW.station_id, NEW.hour)
      IS DISTINCT FROM (OLD.id, OLD.contest_id, OLD.station_id, OLD.hour)
    OR NEW.voters IS DISTINCT FROM (
      SELECT voters FROM tabulation_turnoutreport
      WHERE contest_id = NEW.contest_id AND station_id = NEW.station_id AND hour = NEW.hour
      ORDER BY number DESC LIMIT 1
    ) THEN
    RAISE EXCEPTION 'the turnout by an hour is what was reported last'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_is_what_was_reported';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER turnout_is_what_was_reported BEFORE UPDATE ON tabulation_timedturnout
  FOR EACH ROW EXECUTE FUNCTION turnout_is_what_was_reported();

-- A folder's file comes before polling day or after it; once people report, all comes from people.
CREATE FUNCTION turnout_comes_from_people() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT contest_id FROM added) c
    WHERE EXISTS (SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = c.contest_id)
  ) AND EXISTS (
    SELECT FROM added n
    WHERE EXISTS (SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = n.contest_id)
      AND NOT EXISTS (
        SELECT FROM tabulation_turnoutreport r WHERE r.contest_id = n.contest_id
          AND r.station_id = n.station_id AND r.hour = n.hour AND r.voters = n.voters)
  ) THEN
    RAISE EXCEPTION 'once turnout is reported, all of it comes from reports'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'turnout_comes_from_people';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER turnout_comes_from_people AFTER INSERT ON tabulation_timedturnout
  REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION turnout_comes_from_people();

CREATE TRIGGER evidence_stays BEFORE DELETE ON tabulation_timedturnout
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_timedturnout
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('candidates', '0006_turnout_hours'),
        ('tabulation', '0020_acts_of_the_commission'),
    ]

    operations = [
        migrations.CreateModel(
            name='TurnoutReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hour', models.TimeField()),
                ('number', models.PositiveSmallIntegerField(default=1)),
                ('voters', models.PositiveIntegerField()),
                ('was', models.PositiveIntegerField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contest', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='turnout_reports', to='candidates.contest')),
                ('station', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='turnout_reports', to='tabulation.pollingstation')),
            ],
            options={
                'ordering': ('contest_id', 'station_id', 'hour', 'number'),
                'constraints': [models.UniqueConstraint(fields=('contest', 'station', 'hour', 'number'), name='turnout_report_number_once'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='turnout_report_from_1'), models.CheckConstraint(condition=models.Q(('voters__lte', 999999999)), name='turnout_report_in_nine_digits'), models.CheckConstraint(condition=models.Q(('was__isnull', True), ('reason__regex', '\\S'), _connector='OR'), name='turnout_corrected_for_a_reason')],
            },
        ),
        *(migrations.RunSQL(sql) for sql in (REPORTS, NEWEST)),
    ]
