-- Lets one person at a time report the turnout of a station, until the end of the transaction: two
-- people who report two hours of one station at once see each other's figure.
CREATE OR REPLACE FUNCTION lock_turnout(contest bigint, station bigint) RETURNS void
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('turnout ' || contest || ' ' || station, 0));
END $$;
