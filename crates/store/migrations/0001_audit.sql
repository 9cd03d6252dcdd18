-- ---------------------------------------------------------------- audit
-- Local: who did what on this PC, also what was refused. hash: SM3 of the row with prev, the hash of the row before
-- (protocol::audit). subject: an id or a code; detail: codes and counts, never personal data.
CREATE TABLE audit (
  no           INTEGER PRIMARY KEY,
  at_ms        INTEGER NOT NULL,
  user         BLOB,
  device       BLOB NOT NULL,
  action       TEXT NOT NULL,
  outcome      TEXT NOT NULL,
  subject_kind TEXT,
  subject      TEXT,
  detail       TEXT NOT NULL,
  prev         BLOB NOT NULL,
  hash         BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at_ms);
CREATE INDEX audit_by_subject ON audit (subject, no) WHERE subject IS NOT NULL;

-- The last row, signed by this PC. The next row follows on it, so that rows cut from the end leave a gap for ever.
CREATE TABLE audit_head (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  no        INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  at_ms     INTEGER NOT NULL,
  alg       TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

-- Where retention cut the chain: the last row that it took away, signed likewise.
CREATE TABLE audit_cut (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  no        INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  at_ms     INTEGER NOT NULL,
  alg       TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN
  SELECT raise(ABORT, 'rows of the audit are never changed');
END;
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN old.no > (SELECT coalesce(max(no), 0) FROM audit_cut) BEGIN
  SELECT raise(ABORT, 'rows of the audit are kept');
END;

-- Folded: how far the audits of the town's PCs had come.
CREATE TABLE audit_anchor (
  op     BLOB PRIMARY KEY,
  scope  TEXT NOT NULL,
  device BLOB NOT NULL,
  no     INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_anchor_by_device ON audit_anchor (device, no);

-- Folded: who looked at what is masked. fields: bits in the order of the body's fields.
CREATE TABLE query_made (
  op            BLOB PRIMARY KEY,
  scope         TEXT NOT NULL,
  resident      BLOB NOT NULL,
  fields        INTEGER NOT NULL,
  purpose       TEXT NOT NULL,
  reason        TEXT,
  authorisation TEXT,
  made_at       INTEGER NOT NULL,
  made_by       BLOB NOT NULL,
  device        BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX query_made_by_resident ON query_made (resident, made_at);
CREATE INDEX query_made_by_time ON query_made (made_at);
