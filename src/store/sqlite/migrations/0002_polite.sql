-- How a feed wants to be asked, how it fares, and hosts that asked for quiet.

ALTER TABLE feed RENAME COLUMN gone TO parked;  -- 0, or why it is not polled: 1 after a 410, 2 a 401
ALTER TABLE feed ADD COLUMN phase INTEGER NOT NULL DEFAULT 0; -- among the feeds of its host, in thousandths
ALTER TABLE feed ADD COLUMN validators_url TEXT;  -- the address that gave them, where not the feed's own
ALTER TABLE feed ADD COLUMN whole_at INTEGER;     -- when a whole answer last came, and no 304
ALTER TABLE feed ADD COLUMN max_age_ms INTEGER;
ALTER TABLE feed ADD COLUMN skip_hours INTEGER NOT NULL DEFAULT 0;   -- bit 0: from midnight, UTC
ALTER TABLE feed ADD COLUMN skip_days INTEGER NOT NULL DEFAULT 0;    -- bit 0: Monday
ALTER TABLE feed ADD COLUMN items_per_week REAL;
ALTER TABLE feed ADD COLUMN status INTEGER;       -- of the last answer
ALTER TABLE feed ADD COLUMN next_why TEXT;        -- what decided next_poll_at; NULL before the first poll
ALTER TABLE feed ADD COLUMN moved_to TEXT;
ALTER TABLE feed ADD COLUMN moved_times INTEGER NOT NULL DEFAULT 0;  -- polls in a row that were sent there
ALTER TABLE feed ADD COLUMN overruns INTEGER NOT NULL DEFAULT 0;     -- documents that no known item was left in
ALTER TABLE feed ADD COLUMN overrun_at INTEGER;

UPDATE feed SET whole_at = body_at;

CREATE TABLE host (
    host       TEXT PRIMARY KEY,
    wait_until INTEGER NOT NULL,                -- it asked for quiet until then
    spread_ms  INTEGER NOT NULL                 -- after which its feeds follow one another this long
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
