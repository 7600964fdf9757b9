-- Refuses to change a publication otherwise than by its release, which gives it its checkpoint
-- once.
CREATE OR REPLACE FUNCTION publication_is_released_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.checkpoint <> '' OR NEW.checkpoint = ''
    OR to_jsonb(NEW) - ARRAY['checkpoint', 'key'] <> to_jsonb(OLD) - ARRAY['checkpoint', 'key']
  THEN
    RAISE EXCEPTION 'a publication never changes after its release'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_stays';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER publication_is_released_once BEFORE UPDATE ON tabulation_publication
  FOR EACH ROW EXECUTE FUNCTION publication_is_released_once();
