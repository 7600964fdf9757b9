"""Every published unit has its hash, every publication its manifest and checkpoint."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

# A publication that was made without proofs cannot be given any: nobody signed it then.
NOTHING_YET = """
DO $$
BEGIN
  IF EXISTS (SELECT FROM tabulation_publication) THEN
    RAISE EXCEPTION 'The publications in this database are of a version without proofs, and cannot'
      ' be given any. Load the election into a new database (manage.py demo --reset for the'
      ' demonstration).';
  END IF;
END $$;
"""

# A text field of a record, as docs/verification.md says; `commitments.sumtree.escaped` is its twin.
ESCAPED = r"""
CREATE FUNCTION record_text(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT replace(replace(replace(replace(field, '\', '\\'), chr(9), '\t'), chr(10), '\n'), chr(13), '\r')
$$;
"""

EVIDENCE = """
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_countersignature
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_countersignature
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
"""


# What every row must be is asked once a statement, of all of its rows together: checking row by
# row that election, contest, station and area exist cost more than writing them. Few rows are looked
# up by key, many joined without nested loops: both are linear whatever the planner believes.
RIGHT = """
      (
        n.status, n.figures, n.version, n.reason, n.decision, n.counted, n.annulled
      ) IS NOT DISTINCT FROM (
        CASE p.status WHEN 'accepted' THEN 'counted' WHEN 'annulled' THEN 'annulled'
          ELSE 'not counted' END,
        p.figures::bigint[], p.version,
        coalesce(nullif(p.ruling_reason, ''), p.reason, ''),
        CASE WHEN p.ruling_reason <> '' THEN p.ruling_decision ELSE coalesce(p.decision, '') END,
        (p.status IS NOT DISTINCT FROM 'accepted')::int,
        (p.status IS NOT DISTINCT FROM 'annulled')::int
      )
      AND (
        n.code, n.parent_id, n.stations, n.registered, n.registered_counted, n.filled
      ) IS NOT DISTINCT FROM (
        s.code, s.area_id, 1, cs.registered::bigint,
        cs.registered::bigint * (p.status IS NOT DISTINCT FROM 'accepted')::int, NULL::integer[]
      )
      AND s.id IS NOT NULL AND cs.contest_id IS NOT NULL"""
#: One reading of the rows: how many, of stations, right ones; all of one contest and election.
ASKED = """
    SELECT count(*), count(n.station_id), count(*) FILTER (WHERE {right}),
      min(n.contest_id), max(n.contest_id), min(n.election_id), max(n.election_id)
    FROM added n {joins}"""
FEW = ASKED.format(
    right=RIGHT,
    joins="""
    LEFT JOIN LATERAL (SELECT id, code, area_id FROM tabulation_pollingstation
      WHERE id = n.station_id OFFSET 0) s ON true
    LEFT JOIN LATERAL (SELECT contest_id, registered FROM tabulation_conteststation
      WHERE contest_id = n.contest_id AND station_id = n.station_id OFFSET 0) cs ON true
    LEFT JOIN LATERAL (SELECT * FROM tabulation_protocol WHERE contest_id = n.contest_id
      AND station_id = n.station_id AND status IN ('accepted', 'annulled') OFFSET 0) p ON true""",
)
MANY = ASKED.format(
    right=RIGHT,
    joins="""
    LEFT JOIN tabulation_pollingstation s ON s.id = n.station_id
    LEFT JOIN tabulation_conteststation cs
      ON cs.contest_id = n.contest_id AND cs.station_id = n.station_id
    LEFT JOIN tabulation_protocol p ON p.contest_id = n.contest_id
      AND p.station_id = n.station_id AND p.status IN ('accepted', 'annulled')""",
)
LEDGER = f"""
CREATE OR REPLACE FUNCTION published_is_in_force() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  all_rows bigint; stations bigint; right_stations bigint; right_areas bigint := 0;
  contest bigint; others bigint; election bigint; elsewhere bigint;
  nested text := current_setting('enable_nestloop');
BEGIN
  IF (SELECT count(*) > 2000 FROM (SELECT FROM added LIMIT 2001) AS first) THEN
    PERFORM set_config('enable_nestloop', 'off', true);
    -- Planned anew, with as many rows as there are now: not as when there were few.
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
    RAISE EXCEPTION 'what is published of a station is what its protocol in force says'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'published_is_in_force';
  END IF;
  RETURN NULL;
END $$;
ALTER TABLE tabulation_publishedfigures DROP CONSTRAINT figures_station_votes_in_contest;
"""

# Rows name publications that are written after them, so only at the end can it be asked whether
# they are there: of each number once, not of each row.
PARTS = """
ALTER TABLE tabulation_publishedfigures
  DROP CONSTRAINT figures_published_in, DROP CONSTRAINT figures_superseded_in;
ALTER TABLE tabulation_ledgerpart ADD CONSTRAINT ledger_part_is_published
  FOREIGN KEY (election_id, number) REFERENCES tabulation_publication (election_id, number)
  DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION part_of_a_publication() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO tabulation_ledgerpart (election_id, number)
  SELECT DISTINCT election_id,
    CASE WHEN TG_OP = 'INSERT' THEN published_in ELSE superseded_in END
  FROM changed ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER part_of_a_publication_insert AFTER INSERT ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE TRIGGER part_of_a_publication_update AFTER UPDATE ON tabulation_publishedfigures
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION part_of_a_publication();
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON tabulation_ledgerpart
  FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_is_not_emptied BEFORE TRUNCATE ON tabulation_ledgerpart
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_is_not_emptied();
"""


class Migration(migrations.Migration):
    dependencies = [("tabulation", "0010_one_index_for_a_station")]
    operations = [
        migrations.RunSQL(NOTHING_YET, migrations.RunSQL.noop),
        migrations.RunSQL(ESCAPED, "DROP FUNCTION record_text(text)"),
        migrations.AddField(
            "publication", "manifest", models.TextField(default=""), preserve_default=False
        ),
        migrations.AddField(
            "publication", "leaf", models.BinaryField(default=b""), preserve_default=False
        ),
        migrations.AddField(
            "publication", "checkpoint", models.TextField(default=""), preserve_default=False
        ),
        migrations.AddField(
            "publication",
            "key",
            models.CharField(max_length=300, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "publishedfigures",
            "code",
            models.CharField(db_collation="C", default="", max_length=60),
            preserve_default=False,
        ),
        migrations.AddField(
            "publishedfigures", "hash", models.BinaryField(default=b""), preserve_default=False
        ),
        migrations.AddField("publishedfigures", "explanations", models.BinaryField(null=True)),
        migrations.AddField("publishedfigures", "root", models.BinaryField(null=True)),
        migrations.AddField("publishedfigures", "children", models.PositiveIntegerField(null=True)),
        migrations.AddConstraint(
            "publication",
            models.CheckConstraint(
                condition=Exact(Length("leaf"), 32), name="publication_leaf_is_32"
            ),
        ),
        migrations.AddConstraint(
            "publishedfigures",
            models.CheckConstraint(
                condition=Q(Exact(Length("hash"), 32))
                & (
                    Q(area__isnull=True, root__isnull=True, children__isnull=True)
                    | Q(Exact(Length("root"), 32), area__isnull=False, children__gte=1)
                ),
                name="figures_hashes",
            ),
        ),
        migrations.CreateModel(
            name="Countersignature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("line", models.CharField(max_length=500)),
                ("key", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "publication",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="countersignatures",
                        to="tabulation.publication",
                    ),
                ),
            ],
            options={"ordering": ("publication_id", "id")},
        ),
        migrations.AddConstraint(
            "countersignature",
            models.UniqueConstraint(fields=("publication", "line"), name="countersignature_once"),
        ),
        migrations.RunSQL(EVIDENCE, migrations.RunSQL.noop),
        *(
            migrations.AlterField(
                "publishedfigures",
                name,
                models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=null,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=to,
                ),
            )
            for name, null, to in (
                ("election", False, "candidates.election"),
                ("contest", False, "candidates.contest"),
                ("station", True, "tabulation.pollingstation"),
                ("area", True, "tabulation.area"),
                ("parent", True, "tabulation.area"),
            )
        ),
        *(
            operation
            for name, fields in (
                ("figures_by_parent", ["parent", "contest", "code"]),
                ("figures_by_station", ["station", "contest"]),
                ("figures_by_area", ["area", "contest"]),
            )
            for operation in (
                migrations.RemoveIndex("publishedfigures", name),
                migrations.AddIndex("publishedfigures", models.Index(fields=fields, name=name)),
            )
        ),
        *(
            operation
            for name, kind in (
                ("figures_current_once_a_station", "station"),
                ("figures_current_once_an_area", "area"),
            )
            for operation in (
                migrations.RemoveConstraint("publishedfigures", name),
                migrations.AddConstraint(
                    "publishedfigures",
                    models.UniqueConstraint(
                        fields=(kind, "contest"),
                        condition=Q(superseded_in__isnull=True, **{f"{kind}__isnull": False}),
                        name=name,
                    ),
                ),
            )
        ),
        migrations.RunSQL(LEDGER, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="LedgerPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "election",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="candidates.election",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "ledgerpart",
            models.UniqueConstraint(fields=("election", "number"), name="ledger_part_once"),
        ),
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
        # A publication asks of all its rows at once; a plan that compares each with each takes
        # minutes, and right after a load the planner may choose one.
        migrations.RunSQL(
            "ALTER FUNCTION published_figures_fit() SET enable_nestloop = off",
            "ALTER FUNCTION published_figures_fit() RESET enable_nestloop",
        ),
    ]
