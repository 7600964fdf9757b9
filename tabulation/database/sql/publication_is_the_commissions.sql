-- Refuses a publication by a person who is not on the roster of the commission, where there is one.
CREATE OR REPLACE FUNCTION publication_is_the_commissions() RETURNS trigger LANGUAGE plpgsql
  SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT sits_on_commission(NEW.by_id, NEW.election_id) THEN
    RAISE EXCEPTION 'only a member who is on the roster publishes the results'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'publication_is_the_commissions';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER publication_is_the_commissions BEFORE INSERT ON tabulation_publication
  FOR EACH ROW WHEN (NEW.by_id IS NOT NULL)
  EXECUTE FUNCTION publication_is_the_commissions();
