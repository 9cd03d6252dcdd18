-- ---------------------------------------------------------------- local: never dumped, never sent

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE draft (
  user     BLOB NOT NULL,
  kind     TEXT NOT NULL,
  key      TEXT NOT NULL,
  bytes    BLOB NOT NULL,
  saved_at INTEGER NOT NULL,
  PRIMARY KEY (user, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
  no    INTEGER PRIMARY KEY,
  id    BLOB NOT NULL UNIQUE,
  reply BLOB NOT NULL
) STRICT;

-- The log. `no` is the order of arrival here, which means nothing elsewhere.
-- status: 0 pending, 1 accepted, 2 rejected, 3 superseded (repeated in a later epoch; kept, neither folded nor sent).
-- What counts has a status below 2.
-- readable: 0 yes, 1 of a newer program's kind, 2 broken body.
-- origin: the content id where it is not the id.
-- branch: 0 in the chain of its device; its own `no` where a fork has put it beside the chain.
-- actor: the user who did it.
CREATE TABLE op (
  no          INTEGER PRIMARY KEY,
  id          BLOB NOT NULL UNIQUE,
  device      BLOB NOT NULL,
  epoch       INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  hash        BLOB NOT NULL,
  scope       TEXT NOT NULL,
  kind        TEXT NOT NULL,
  actor       BLOB NOT NULL,
  hlc         INTEGER NOT NULL,
  origin      BLOB,
  branch      INTEGER NOT NULL DEFAULT 0,
  status      INTEGER NOT NULL,
  readable    INTEGER NOT NULL,
  server_seq  INTEGER,
  issue       TEXT,
  reason_code TEXT,
  reason_text TEXT,
  receipt_at  INTEGER,
  bytes       BLOB NOT NULL,
  UNIQUE (device, epoch, seq, branch)
) STRICT;
CREATE INDEX op_pending ON op (device, epoch, seq) WHERE status = 0;
CREATE INDEX op_pending_by_clock ON op (hlc) WHERE status = 0;
CREATE INDEX op_by_actor ON op (actor, hlc);
CREATE INDEX op_rejected ON op (no) WHERE status = 2;
CREATE INDEX op_superseded ON op (no) WHERE status = 3;
CREATE INDEX op_unread ON op (no) WHERE readable <> 0;
CREATE INDEX op_repeated ON op (origin) WHERE origin IS NOT NULL;
CREATE UNIQUE INDEX op_order ON op (scope, server_seq) WHERE server_seq IS NOT NULL;

-- entity: kind (1 byte) and id (16 bytes)
CREATE TABLE op_entity (
  entity BLOB NOT NULL,
  op_no  INTEGER NOT NULL,
  PRIMARY KEY (entity, op_no)
) STRICT, WITHOUT ROWID;

-- How far a scope has been received. peaks: the right edge of the tree over its first server_seq operations.
CREATE TABLE cursor (
  scope      TEXT PRIMARY KEY,
  server_seq INTEGER NOT NULL,
  peaks      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What came in the district's order and could not be entered in the log; it counts in the tree.
-- server_seq is NULL after the district lost it.
CREATE TABLE set_aside (
  no         INTEGER PRIMARY KEY,
  scope      TEXT NOT NULL,
  server_seq INTEGER,
  hash       BLOB NOT NULL,
  why        TEXT NOT NULL,
  bytes      BLOB NOT NULL,
  at         INTEGER NOT NULL,
  UNIQUE (scope, hash)
) STRICT;
CREATE UNIQUE INDEX set_aside_order ON set_aside (scope, server_seq) WHERE server_seq IS NOT NULL;

-- Authors' signatures over the heads of their batches, so that any PC can carry them.
CREATE TABLE chain_head (
  device    BLOB NOT NULL,
  epoch     INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  alg       TEXT NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (device, epoch, seq)
) STRICT, WITHOUT ROWID;

-- The town's devices as the district last listed them. scopes: codes with blanks between.
-- listed: 0 where a former list named it and the last one did not.
CREATE TABLE town_device (
  device   BLOB PRIMARY KEY,
  label    TEXT NOT NULL,
  sign_key BLOB NOT NULL,
  seal_key BLOB NOT NULL,
  scopes   TEXT NOT NULL,
  listed   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may spend offline, as the district last said. wish: 0 none, 1 wanted here, 2 to be given back.
CREATE TABLE spend_right (
  scope           TEXT PRIMARY KEY,
  holder          BLOB,
  label           TEXT,
  wanted_by_other INTEGER NOT NULL,
  wish            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest version of each kind of document that the district publishes.
CREATE TABLE published (
  kind            TEXT PRIMARY KEY,
  version         INTEGER NOT NULL,
  bytes           BLOB NOT NULL,
  published_at_ms INTEGER NOT NULL,
  alg             TEXT NOT NULL,
  signature       BLOB NOT NULL
) STRICT;

-- Pages of a bundle that came before their turn.
CREATE TABLE held_page (
  scope TEXT NOT NULL,
  first INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (scope, first)
) STRICT;

-- How far other devices had got, from their newest bundles. device: empty for the district.
CREATE TABLE bundle_vector (
  device     BLOB PRIMARY KEY,
  made_at_ms INTEGER NOT NULL,
  heads      BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The vault: data keys in the clear (this file is encrypted), subject keys wrapped with them.
-- mine: 0 of another device, else the how manyeth of this one's own, of which the last one wraps new subject keys.
-- generation: how often devices had been shut out when the key was made; told of this device's own only.
CREATE TABLE data_key (
  id         BLOB PRIMARY KEY,
  key        BLOB NOT NULL,
  mine       INTEGER NOT NULL,
  generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- scope: where the subject lives. dirty: 1 to send, 2 sent and not seen in the lane yet.
CREATE TABLE subject_key (
  subject    BLOB PRIMARY KEY,
  scope      TEXT NOT NULL,
  data_key   BLOB NOT NULL,
  generation INTEGER NOT NULL,
  wrapped    BLOB NOT NULL,
  tombstone  INTEGER NOT NULL,
  dirty      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_key_dirty ON subject_key (subject) WHERE dirty = 1;
CREATE INDEX subject_key_unseen ON subject_key (subject) WHERE dirty = 2;
CREATE INDEX subject_key_erased ON subject_key (subject) WHERE tombstone = 1;
CREATE INDEX subject_key_generation ON subject_key (generation) WHERE tombstone = 0;

-- How far the lanes of keys at the district were followed, and what they were called there.
CREATE TABLE key_lane (
  scope TEXT PRIMARY KEY,
  place INTEGER NOT NULL,
  chain BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Entities that were folded without a key, to be folded again when it arrives.
CREATE TABLE key_wait (
  subject BLOB NOT NULL,
  entity  BLOB NOT NULL,
  PRIMARY KEY (entity, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_wait_by_subject ON key_wait (subject);

CREATE TABLE attachment (
  hash  BLOB PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT;

-- Files that operations name, on their way. blob: the name at the district, NULL until the key is here.
-- state: 0 to send, 1 at the district, 2 to fetch, 3 fetched, 4 refused by the district.
CREATE TABLE attachment_lane (
  subject      BLOB NOT NULL,
  hash         BLOB NOT NULL,
  scope        TEXT NOT NULL,
  plain_bytes  INTEGER NOT NULL,
  blob         BLOB,
  state        INTEGER NOT NULL,
  offset_bytes INTEGER NOT NULL,
  why          TEXT,
  PRIMARY KEY (subject, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_waiting ON attachment_lane (state) WHERE state IN (0, 2);
CREATE INDEX attachment_by_blob ON attachment_lane (blob) WHERE blob IS NOT NULL;

-- Pieces of sealed files that are not complete. blob: the name at the district.
CREATE TABLE attachment_piece (
  blob         BLOB NOT NULL,
  offset_bytes INTEGER NOT NULL,
  total_bytes  INTEGER NOT NULL,
  sealed_hash  BLOB NOT NULL,
  bytes        BLOB NOT NULL,
  PRIMARY KEY (blob, offset_bytes)
) STRICT;

CREATE TABLE search_term (
  term        TEXT NOT NULL,
  resident_no INTEGER NOT NULL,
  PRIMARY KEY (term, resident_no)
) STRICT, WITHOUT ROWID;

-- Which village and number a household's derived id stands for.
CREATE TABLE household (
  id      BLOB PRIMARY KEY,
  village TEXT NOT NULL,
  number  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ------------------------------------------------- business: the fold of the log, dumped, compared

CREATE TABLE device (
  id        BLOB PRIMARY KEY,
  scope     TEXT NOT NULL,
  town      TEXT NOT NULL,
  label     TEXT NOT NULL,
  opened_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- villages: codes with blanks between; empty for the whole town. removed_hlc: the clock of the operation that closed the
-- account. sign_in_name: as it is compared; two PCs may have given one name to two people.
CREATE TABLE user (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  name         TEXT,
  sign_in_name TEXT,
  duties       INTEGER NOT NULL,
  villages     TEXT NOT NULL,
  active       INTEGER NOT NULL,
  resident     BLOB,
  added_at     INTEGER NOT NULL,
  removed_hlc  INTEGER,
  op           BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX user_by_sign_in_name ON user (sign_in_name);

-- How a user signs in, on every PC of the town. secret: the verifier of the password with its cost and salt; set_at: when
-- it was set. totp: the secret of a second factor.
CREATE TABLE credential (
  user        BLOB PRIMARY KEY,
  scope       TEXT NOT NULL,
  secret      TEXT,
  must_change INTEGER NOT NULL,
  totp        TEXT,
  set_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: what the town asks of passwords.
CREATE TABLE security_policy (
  id                 BLOB PRIMARY KEY,
  scope              TEXT NOT NULL,
  password_min_chars INTEGER NOT NULL,
  rotation_days      INTEGER NOT NULL,
  idle_lock_min      INTEGER NOT NULL,
  op                 BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- `no` is local. `registers` holds for each field the operation that wrote it (see fold/registers).
-- alias_of: the record that this one was merged into; merged_*: by which operation.
CREATE TABLE resident (
  no           INTEGER PRIMARY KEY,
  id           BLOB NOT NULL UNIQUE,
  scope        TEXT NOT NULL,
  village      TEXT,
  household_no TEXT,
  name         TEXT,
  id_number    TEXT,
  phone        TEXT,
  address      TEXT,
  relation     TEXT,
  grid         TEXT,
  registers    BLOB NOT NULL,
  alias_of     BLOB,
  merged_at    INTEGER,
  merged_by    BLOB
) STRICT;
CREATE INDEX resident_by_alias ON resident (alias_of) WHERE alias_of IS NOT NULL;
-- With the id, so that lists filtered by consent are found in the index alone.
CREATE INDEX resident_by_place ON resident (village, household_no, no, id);
CREATE INDEX resident_by_id_number ON resident (id_number);
-- The short number by which people name a record: the last eight of an id's 32 digits.
CREATE INDEX resident_by_number ON resident (substr(id, 13));

CREATE TABLE import_part (
  import      BLOB NOT NULL,
  scope       TEXT NOT NULL,
  source      TEXT,
  residents   INTEGER NOT NULL,
  rules       INTEGER NOT NULL,
  created     INTEGER NOT NULL,
  updated     INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  recorded_by BLOB NOT NULL,
  undone_at   INTEGER,
  PRIMARY KEY (import, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE consent (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  resident     BLOB NOT NULL,
  version      TEXT NOT NULL,
  channel      TEXT NOT NULL,
  given_by     TEXT NOT NULL,
  guardian     TEXT,
  given_on     INTEGER NOT NULL,
  recorded_at  INTEGER NOT NULL,
  recorded_by  BLOB NOT NULL,
  withdrawn_on INTEGER,
  op           BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_by_resident ON consent (resident);
CREATE INDEX consent_held ON consent (resident, withdrawn_on) WHERE withdrawn_on IS NULL;

CREATE TABLE rule (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  retired_from INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_version (
  id            BLOB PRIMARY KEY,
  rule          BLOB NOT NULL REFERENCES rule (id),
  version       INTEGER NOT NULL,
  code          TEXT NOT NULL,
  category      TEXT NOT NULL,
  item          TEXT NOT NULL,
  points        INTEGER NOT NULL,
  unit          TEXT NOT NULL,
  cap_points    INTEGER,
  cap_period    TEXT,
  evidence      TEXT,
  subject       TEXT NOT NULL,
  valid_months  INTEGER,
  basis         TEXT,
  in_force_from INTEGER NOT NULL,
  recorded_at   INTEGER NOT NULL,
  recorded_by   BLOB NOT NULL,
  op            BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_version_by_rule ON rule_version (rule, version);

-- The part of an activity that fell into one scope.
CREATE TABLE activity (
  id           BLOB NOT NULL,
  scope        TEXT NOT NULL,
  name         TEXT,
  rule_version BLOB NOT NULL,
  occurred_on  INTEGER NOT NULL,
  recorded_at  INTEGER NOT NULL,
  recorded_by  BLOB NOT NULL,
  op           BLOB NOT NULL,
  PRIMARY KEY (id, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_by_author ON activity (recorded_by, id);
CREATE INDEX activity_by_rule ON activity (rule_version);

CREATE TABLE evidence (
  activity  BLOB NOT NULL,
  scope     TEXT NOT NULL,
  id        BLOB NOT NULL,
  hash      BLOB NOT NULL,
  mime      TEXT NOT NULL,
  bytes_len INTEGER NOT NULL,
  PRIMARY KEY (activity, scope, id),
  FOREIGN KEY (activity, scope) REFERENCES activity (id, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_id ON evidence (id);

-- state: 0 submitted, 1 sent back, 2 approved, 3 reversed. subject: 0 resident, 1 household.
CREATE TABLE award (
  id            BLOB PRIMARY KEY,
  scope         TEXT NOT NULL,
  activity      BLOB NOT NULL,
  rule_version  BLOB NOT NULL,
  subject       INTEGER NOT NULL,
  resident      BLOB NOT NULL,
  household     BLOB,
  amount_points INTEGER NOT NULL,
  occurred_on   INTEGER NOT NULL,
  recorded_at   INTEGER NOT NULL,
  recorded_by   BLOB NOT NULL,
  device        BLOB NOT NULL,
  op            BLOB NOT NULL,
  state         INTEGER NOT NULL,
  reviewed_at   INTEGER,
  reviewed_by   BLOB,
  reason        TEXT,
  effective_on  INTEGER,
  transfer      BLOB,
  reversal      BLOB,
  reversed_at   INTEGER,
  reversed_by   BLOB,
  reverse_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX award_by_resident ON award (resident, occurred_on);
CREATE INDEX award_by_activity ON award (activity);
CREATE INDEX award_by_household ON award (household, occurred_on) WHERE subject = 1;
CREATE INDEX award_waiting ON award (activity, id, recorded_by) WHERE state = 0;
CREATE INDEX award_sent_back ON award (recorded_by) WHERE state = 1;

-- `no` is local. owner: kind (0 issuance, 1 resident, 2 household, 3 reserve, 4 holding) and id.
-- Balance: all transfers.
CREATE TABLE account (
  no            INTEGER PRIMARY KEY,
  ledger        TEXT NOT NULL,
  owner_kind    INTEGER NOT NULL,
  owner         BLOB NOT NULL,
  balance_units INTEGER NOT NULL,
  UNIQUE (owner, owner_kind, ledger)
) STRICT;

-- source: the entity (as in op_entity) whose operations posted it.
CREATE TABLE transfer (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  debit        INTEGER NOT NULL REFERENCES account (no),
  credit       INTEGER NOT NULL REFERENCES account (no),
  amount_units INTEGER NOT NULL CHECK (amount_units > 0),
  effective_on INTEGER NOT NULL,
  posted_at    INTEGER NOT NULL,
  source       BLOB NOT NULL,
  reverses     BLOB,
  op           BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX transfer_by_credit ON transfer (credit, effective_on, amount_units);
CREATE INDEX transfer_by_debit ON transfer (debit, effective_on, amount_units);
CREATE INDEX transfer_by_source ON transfer (source);

-- Local: awards less reversals that begin to count on a day. The triggers keep it the sum of the
-- transfers of points whatever writes them, so that a month's points are not summed over a year's transfers.
CREATE TABLE points_by_day (
  day    INTEGER PRIMARY KEY,
  points INTEGER NOT NULL
) STRICT;
CREATE TRIGGER transfer_posted AFTER INSERT ON transfer
WHEN (SELECT ledger FROM account WHERE no = new.credit) = 'points' BEGIN
  INSERT INTO points_by_day (day, points)
  VALUES (new.effective_on, iif(new.reverses IS NULL, new.amount_units, -new.amount_units))
  ON CONFLICT (day) DO UPDATE SET points = points + excluded.points;
END;
CREATE TRIGGER transfer_taken_out AFTER DELETE ON transfer
WHEN (SELECT ledger FROM account WHERE no = old.credit) = 'points' BEGIN
  UPDATE points_by_day
  SET points = points - iif(old.reverses IS NULL, old.amount_units, -old.amount_units)
  WHERE day = old.effective_on;
END;

-- entries, digest: what a time passbook contains; a points statement has none.
CREATE TABLE statement_issue (
  op             BLOB PRIMARY KEY,
  scope          TEXT NOT NULL,
  resident       BLOB NOT NULL,
  code           TEXT NOT NULL,
  balance_units  INTEGER NOT NULL,
  as_of          INTEGER NOT NULL,
  issued_at      INTEGER NOT NULL,
  issued_by      BLOB NOT NULL,
  entries        INTEGER,
  digest         BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX statement_by_resident ON statement_issue (resident);
CREATE INDEX statement_by_code ON statement_issue (code);

-- What lost against another operation and waits for a person.
CREATE TABLE race (
  entity BLOB NOT NULL,
  op     BLOB NOT NULL,
  what   TEXT NOT NULL,
  scope  TEXT NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (entity, op, what)
) STRICT, WITHOUT ROWID;
