-- ---------------------------------------------------------------- what may still be done with people's data
-- Which entities were folded with values sealed for a subject; local, grows only: what an erasure folds again.
CREATE TABLE sealed_entity (
  subject BLOB NOT NULL,
  entity  BLOB NOT NULL,
  PRIMARY KEY (subject, entity)
) STRICT, WITHOUT ROWID;

-- Where a person's data stand. asked: the operation of the request that waits for a second person.
CREATE TABLE person_data (
  resident  BLOB PRIMARY KEY,
  scope     TEXT NOT NULL,
  state     TEXT NOT NULL,
  since_at  INTEGER NOT NULL,
  reason    TEXT,
  note      TEXT,
  asked     BLOB,
  asked_at  INTEGER,
  asked_by  BLOB,
  asked_for TEXT,
  asked_note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX person_data_by_state ON person_data (state, since_at);
CREATE INDEX person_data_asked ON person_data (asked_at) WHERE asked IS NOT NULL;

-- All steps; `no` is local and in canonical order. lost: it came second and changed nothing.
CREATE TABLE person_step (
  no       INTEGER PRIMARY KEY,
  op       BLOB NOT NULL UNIQUE,
  resident BLOB NOT NULL,
  scope    TEXT NOT NULL,
  step     TEXT NOT NULL,
  reason   TEXT,
  note     TEXT,
  actor    BLOB NOT NULL,
  at       INTEGER NOT NULL,
  lost     INTEGER NOT NULL
) STRICT;
CREATE INDEX person_step_by_resident ON person_step (resident, no);
CREATE INDEX person_step_by_time ON person_step (at);
