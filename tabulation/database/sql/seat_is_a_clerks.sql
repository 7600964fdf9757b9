-- Refuses to let anybody type but an active and confirmed entry clerk, in their own area, on as
-- many seats as the election asks for entries.
CREATE OR REPLACE FUNCTION seat_is_a_clerks() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
DECLARE sitting bigint; protocol bigint; place smallint; person tabulation_user; needed integer;
BEGIN
  IF TG_TABLE_NAME = 'tabulation_seat' THEN
    sitting := NEW.person_id; protocol := NEW.protocol_id; place := NEW.slot;
  ELSE
    SELECT person_id, protocol_id, slot INTO sitting, protocol, place
    FROM tabulation_seat WHERE id = NEW.seat_id;
  END IF;
  SELECT * INTO person FROM tabulation_user
  WHERE id = sitting AND role = 'clerk' AND is_active
    AND (confirmed_by_id IS NOT NULL OR enrolled_by_decision <> '');
  IF person.id IS NULL THEN
    RAISE EXCEPTION 'only an entry clerk sits down to type'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_a_clerks';
  END IF;
  IF person.area_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM tabulation_protocol p
    JOIN tabulation_pollingstation s ON s.id = p.station_id
    JOIN tabulation_area a ON a.id = s.area_id
    WHERE p.id = protocol AND person.area_id = ANY (a.lineage)
  ) THEN
    RAISE EXCEPTION 'a clerk types the stations of their own area'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_in_the_area';
  END IF;
  SELECT e.entries_required INTO needed FROM tabulation_protocol p
  JOIN candidates_contest c ON c.id = p.contest_id
  JOIN candidates_election e ON e.id = c.election_id
  WHERE p.id = protocol;
  IF place > needed THEN
    RAISE EXCEPTION 'there are as many seats as the election asks for entries'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_asked_for';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER seat_is_a_clerks BEFORE INSERT ON tabulation_seat
  FOR EACH ROW EXECUTE FUNCTION seat_is_a_clerks();
CREATE OR REPLACE TRIGGER seat_is_a_clerks BEFORE INSERT ON tabulation_entry
  FOR EACH ROW EXECUTE FUNCTION seat_is_a_clerks();
