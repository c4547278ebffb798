-- Times are Unix milliseconds. Lists of states are in store/sqlite/rows.rs.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Made once: alert ids are hashed with it, so that two installations never share one.
INSERT INTO meta (key, value) VALUES ('namespace', lower(hex(randomblob(16))));

CREATE TABLE feed (
    id              TEXT PRIMARY KEY,
    url             TEXT NOT NULL,
    host            TEXT NOT NULL,
    listed          INTEGER NOT NULL,           -- 1 while it is configured
    gone            INTEGER NOT NULL DEFAULT 0, -- 1 after a 410
    etag            BLOB,
    last_modified   BLOB,
    body_hash       BLOB,
    body_at         INTEGER,                    -- when a document was last read
    baseline_done   INTEGER NOT NULL DEFAULT 0,
    ttl_ms          INTEGER,
    wait_ms         INTEGER,
    next_poll_at    INTEGER NOT NULL,
    last_poll_at    INTEGER,
    last_success_at INTEGER,
    failures        INTEGER NOT NULL DEFAULT 0,
    outcome         TEXT,
    outcome_detail  TEXT,
    epoch           INTEGER NOT NULL DEFAULT 0,
    lease_until     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX feed_due ON feed (next_poll_at) WHERE listed = 1 AND gone = 0;

CREATE TABLE seen (
    feed          TEXT NOT NULL,
    item_key      TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    present_at    INTEGER NOT NULL,             -- last found in a document, to within a day
    PRIMARY KEY (feed, item_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_present ON seen (present_at);

CREATE TABLE alert (
    id         TEXT PRIMARY KEY,
    watch      TEXT NOT NULL,
    severity   INTEGER NOT NULL,                -- 0 info … 4 critical
    feed       TEXT NOT NULL,
    item_key   TEXT NOT NULL,
    title      TEXT NOT NULL,
    url        TEXT,
    score      REAL NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL                    -- frozen: every try sends these bytes
) STRICT;
CREATE INDEX alert_created ON alert (created_at);

CREATE TABLE delivery (
    alert           TEXT NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    notifier        TEXT NOT NULL,
    state           INTEGER NOT NULL,           -- 0 pending, 1 in flight, 2 delivered, 3 dead
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    first_try_at    INTEGER,                    -- since it was made or replayed
    next_attempt_at INTEGER NOT NULL,
    done_at         INTEGER,
    status          INTEGER,
    note            TEXT,
    epoch           INTEGER NOT NULL DEFAULT 0,
    lease_until     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (alert, notifier)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_open ON delivery (notifier, next_attempt_at) WHERE state < 2;
CREATE INDEX delivery_created ON delivery (created_at);
CREATE INDEX delivery_state ON delivery (state);

CREATE TABLE receiver (
    notifier   TEXT PRIMARY KEY,
    wait_until INTEGER NOT NULL                 -- it asked for quiet until then
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 2003399269; -- `wire`
PRAGMA user_version = 1;
