-- Refuses to move a seat to another protocol, place or person: it says who typed what.
CREATE OR REPLACE FUNCTION seat_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a seat keeps its protocol, its place and its person'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_stays';
END $$;

CREATE OR REPLACE TRIGGER seat_stays BEFORE UPDATE ON tabulation_seat
  FOR EACH ROW
  WHEN ((NEW.protocol_id, NEW.slot, NEW.person_id, NEW.taken_at)
    IS DISTINCT FROM (OLD.protocol_id, OLD.slot, OLD.person_id, OLD.taken_at))
  EXECUTE FUNCTION seat_stays();
