-- Refuses to take back a released seat: what was typed there would count again.
CREATE OR REPLACE FUNCTION seat_is_released_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a released seat stays released'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_is_released_once';
END $$;

CREATE OR REPLACE TRIGGER seat_is_released_once BEFORE UPDATE ON tabulation_seat
  FOR EACH ROW WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION seat_is_released_once();
