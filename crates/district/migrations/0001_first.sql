-- Nothing here is readable personal data: ops hold it sealed, keys are wrapped.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE town (
    code         TEXT PRIMARY KEY CHECK (length(code) = 9),
    -- place of the next change in the town's key lane
    next_key_seq INTEGER NOT NULL DEFAULT 1,
    made_at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time codes; only the hash is kept.
CREATE TABLE enrol_code (
    hash          BLOB PRIMARY KEY CHECK (length(hash) = 32),
    town          TEXT NOT NULL REFERENCES town (code),
    label         TEXT NOT NULL,
    -- granted scopes, separated by blanks
    scopes        TEXT NOT NULL,
    made_at_ms    INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms    INTEGER,
    used_by       BLOB
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    town           TEXT NOT NULL REFERENCES town (code),
    label          TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    sign_key       BLOB NOT NULL CHECK (length(sign_key) = 32),
    seal_key       BLOB NOT NULL CHECK (length(seal_key) = 32),
    epoch          INTEGER NOT NULL,
    token_hash     BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    enrolled_at_ms INTEGER NOT NULL,
    revoked_at_ms  INTEGER,
    contact_at_ms  INTEGER,
    forked_at_ms   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX device_town ON device (town, enrolled_at_ms);

-- The row whose lock orders the ops of a scope.
CREATE TABLE scope (
    code     TEXT PRIMARY KEY,
    town     TEXT NOT NULL REFERENCES town (code),
    next_seq INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE INDEX scope_town ON scope (town, code);

-- Every op that a device ever sent, at its place in the device's chain. A
-- rejected op keeps its place and its bytes but has no place in a scope.
CREATE TABLE op (
    no             INTEGER PRIMARY KEY,
    device         BLOB NOT NULL REFERENCES device (id),
    epoch          INTEGER NOT NULL,
    seq            INTEGER NOT NULL,
    hash           BLOB NOT NULL CHECK (length(hash) = 32),
    id             BLOB,
    scope          TEXT REFERENCES scope (code),
    server_seq     INTEGER,
    issue          TEXT,
    reject_code    TEXT,
    received_at_ms INTEGER NOT NULL,
    bytes          BLOB NOT NULL,
    CHECK ((server_seq IS NULL) = (scope IS NULL)),
    CHECK ((server_seq IS NULL) = (reject_code IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX op_chain ON op (device, epoch, seq);
CREATE UNIQUE INDEX op_order ON op (scope, server_seq) WHERE server_seq IS NOT NULL;
-- an unreadable op is found again by its hash
CREATE INDEX op_rejected ON op (device, epoch, hash) WHERE server_seq IS NULL;
CREATE UNIQUE INDEX op_id ON op (id) WHERE server_seq IS NOT NULL;

-- Wrapped person keys; the district can open none.
CREATE TABLE person_key (
    town      TEXT NOT NULL REFERENCES town (code),
    subject   BLOB NOT NULL CHECK (length(subject) = 16),
    data_key  BLOB NOT NULL CHECK (length(data_key) = 16),
    wrapped   BLOB NOT NULL,
    tombstone INTEGER NOT NULL CHECK (tombstone IN (0, 1)),
    key_seq   INTEGER NOT NULL,
    PRIMARY KEY (town, subject, data_key)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX person_key_order ON person_key (town, key_seq);

-- Data keys wrapped from device to device.
CREATE TABLE key_grant (
    for_device  BLOB NOT NULL REFERENCES device (id),
    data_key    BLOB NOT NULL CHECK (length(data_key) = 16),
    from_device BLOB NOT NULL REFERENCES device (id),
    wrapped     BLOB NOT NULL,
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (for_device, data_key)
) STRICT, WITHOUT ROWID;
