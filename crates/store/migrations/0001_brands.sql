-- ---------------------------------------------------------------- brands
-- What a brand's dossier says. objectives: a line each. mark: all of its columns, or none.
CREATE TABLE brand (
  id             BLOB PRIMARY KEY,
  scope          TEXT NOT NULL,
  name           TEXT,
  slogan         TEXT,
  domain         TEXT,
  owner_unit     TEXT,
  story          TEXT,
  objectives     TEXT,
  mark           BLOB,
  mark_hash      BLOB,
  mark_mime      TEXT,
  mark_bytes_len INTEGER,
  recorded_at    INTEGER NOT NULL,
  recorded_by    BLOB NOT NULL,
  op             BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX brand_by_mark ON brand (mark) WHERE mark IS NOT NULL;

CREATE TABLE milestone (
  brand   BLOB NOT NULL REFERENCES brand (id),
  id      BLOB NOT NULL,
  title   TEXT,
  due_on  INTEGER,
  state   TEXT NOT NULL,
  done_on INTEGER,
  PRIMARY KEY (brand, id)
) STRICT, WITHOUT ROWID;

-- `no` here and below is local and in canonical order. baseline, target, value: ten-thousandths.
CREATE TABLE indicator (
  no       INTEGER PRIMARY KEY,
  brand    BLOB NOT NULL REFERENCES brand (id),
  id       BLOB NOT NULL,
  name     TEXT,
  unit     TEXT,
  baseline INTEGER,
  target   INTEGER,
  UNIQUE (brand, id)
) STRICT;

CREATE TABLE reading (
  brand       BLOB NOT NULL,
  indicator   BLOB NOT NULL,
  day         INTEGER NOT NULL,
  value       INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB NOT NULL,
  PRIMARY KEY (brand, indicator, day),
  FOREIGN KEY (brand, indicator) REFERENCES indicator (brand, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE partner (
  no    INTEGER PRIMARY KEY,
  brand BLOB NOT NULL REFERENCES brand (id),
  id    BLOB NOT NULL,
  name  TEXT,
  role  TEXT,
  UNIQUE (brand, id)
) STRICT;

CREATE TABLE brand_file (
  no        INTEGER PRIMARY KEY,
  brand     BLOB NOT NULL REFERENCES brand (id),
  id        BLOB NOT NULL,
  hash      BLOB NOT NULL,
  mime      TEXT NOT NULL,
  bytes_len INTEGER NOT NULL,
  caption   TEXT,
  UNIQUE (brand, id)
) STRICT;
CREATE INDEX brand_file_by_id ON brand_file (id);

-- Milestones, indicators and partners that were taken out: an edit that comes later does not bring them back.
CREATE TABLE brand_part_removed (
  brand BLOB NOT NULL REFERENCES brand (id),
  part  BLOB NOT NULL,
  PRIMARY KEY (brand, part)
) STRICT, WITHOUT ROWID;

-- Where each brand stands. since_*: the last step that held; reason: of that step.
CREATE TABLE brand_standing (
  brand        BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  state        TEXT NOT NULL,
  since_at     INTEGER NOT NULL,
  since_op     BLOB NOT NULL,
  reason       TEXT,
  proposed_at  INTEGER NOT NULL,
  proposed_by  BLOB NOT NULL,
  submitted_at INTEGER NOT NULL,
  submitted_by BLOB NOT NULL,
  decided_at   INTEGER,
  decided_by   BLOB,
  active_since INTEGER,
  retired_on   INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX brand_active ON brand_standing (scope) WHERE state = 'active';

-- The way of each brand; `no` is local and in canonical order. step: the number in the body of brand.moved. other: with
-- 启用 the brand that it replaces, with 退役 the brand that replaced it. lost: it came second and changed nothing.
CREATE TABLE brand_step (
  no     INTEGER PRIMARY KEY,
  op     BLOB NOT NULL,
  brand  BLOB NOT NULL,
  scope  TEXT NOT NULL,
  step   INTEGER NOT NULL,
  other  BLOB,
  actor  BLOB NOT NULL,
  at     INTEGER NOT NULL,
  reason TEXT,
  lost   INTEGER NOT NULL,
  UNIQUE (op, brand)
) STRICT;
CREATE INDEX brand_step_by_brand ON brand_step (brand, no);

CREATE TABLE assessment (
  brand       BLOB NOT NULL,
  year        INTEGER NOT NULL,
  scope       TEXT NOT NULL,
  renewed     INTEGER NOT NULL,
  findings    TEXT,
  assessed_on INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB NOT NULL,
  op          BLOB NOT NULL,
  PRIMARY KEY (brand, year)
) STRICT, WITHOUT ROWID;

-- day: where it stands in lists and in the matrix.
CREATE TABLE event (
  id          BLOB PRIMARY KEY,
  scope       TEXT NOT NULL,
  title       TEXT,
  plan        TEXT,
  place       TEXT,
  setting     TEXT,
  brand       BLOB,
  planned_on  INTEGER,
  held_on     INTEGER,
  cost_fen    INTEGER,
  state       TEXT NOT NULL,
  occurred_on INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB NOT NULL,
  op          BLOB NOT NULL,
  day         INTEGER AS (coalesce(iif(state = 'held', held_on, NULL), planned_on, held_on, occurred_on)) VIRTUAL
) STRICT, WITHOUT ROWID;
-- With what the matrix and the filters look at, so that they read the index alone.
CREATE INDEX event_by_day ON event (day, id, state, setting, brand);

CREATE TABLE attendance (
  no       INTEGER PRIMARY KEY,
  event    BLOB NOT NULL REFERENCES event (id),
  id       BLOB NOT NULL,
  resident BLOB,
  guest    TEXT,
  UNIQUE (event, id)
) STRICT;
CREATE INDEX attendance_by_resident ON attendance (event, resident) WHERE resident IS NOT NULL;

CREATE TABLE event_photo (
  no        INTEGER PRIMARY KEY,
  event     BLOB NOT NULL REFERENCES event (id),
  id        BLOB NOT NULL,
  hash      BLOB NOT NULL,
  mime      TEXT NOT NULL,
  bytes_len INTEGER NOT NULL,
  caption   TEXT,
  UNIQUE (event, id)
) STRICT;
CREATE INDEX event_photo_by_id ON event_photo (id);

-- sheet: what was released, as in the body of handover.reviewed.
CREATE TABLE handover (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  brand        BLOB NOT NULL,
  purpose      TEXT,
  state        TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  requested_by BLOB NOT NULL,
  op           BLOB NOT NULL,
  reviewed_at  INTEGER,
  reviewed_by  BLOB,
  reason       TEXT,
  sheet        BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX handover_by_brand ON handover (brand, requested_at);
CREATE INDEX handover_waiting ON handover (requested_at) WHERE state = 'requested';
