-- ---------------------------------------------------------------- time bank
-- Lists of the time accounts: the most available, and those below zero.
CREATE INDEX account_by_minutes ON account (balance_units) WHERE ledger = 'minutes' AND owner_kind = 1;

-- A version of a service type. The first in canonical order with a number has it.
CREATE TABLE service_type_version (
  service_type        BLOB NOT NULL,
  version             INTEGER NOT NULL,
  scope               TEXT NOT NULL,
  code                TEXT NOT NULL,
  name                TEXT NOT NULL,
  coefficient_percent INTEGER NOT NULL,
  in_force_from       INTEGER NOT NULL,
  recorded_at         INTEGER NOT NULL,
  recorded_by         BLOB NOT NULL,
  op                  BLOB NOT NULL,
  PRIMARY KEY (service_type, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE need (
  id           BLOB PRIMARY KEY,
  scope        TEXT NOT NULL,
  resident     BLOB NOT NULL,
  service_type BLOB NOT NULL,
  day          INTEGER NOT NULL,
  start_min    INTEGER NOT NULL,
  planned_min  INTEGER NOT NULL,
  place        TEXT,
  note         TEXT,
  recorded_at  INTEGER NOT NULL,
  recorded_by  BLOB NOT NULL,
  op           BLOB NOT NULL,
  closed_at    INTEGER,
  closed_by    BLOB,
  close_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX need_by_day ON need (day, start_min, resident, closed_at);

-- state, payer and the ways by their codes. last_*: the last step before crediting. coefficient_percent,
-- service_version: what it was credited with.
CREATE TABLE service_order (
  id                  BLOB PRIMARY KEY,
  scope               TEXT NOT NULL,
  number              TEXT NOT NULL,
  need                BLOB,
  beneficiary         BLOB NOT NULL,
  service_type        BLOB NOT NULL,
  day                 INTEGER NOT NULL,
  start_min           INTEGER NOT NULL,
  planned_min         INTEGER NOT NULL,
  payer               TEXT NOT NULL,
  place               TEXT,
  note                TEXT,
  recorded_at         INTEGER NOT NULL,
  recorded_by         BLOB NOT NULL,
  op                  BLOB NOT NULL,
  state               TEXT NOT NULL,
  volunteer           BLOB,
  signed_in_min       INTEGER,
  signed_out_min      INTEGER,
  volunteer_way       TEXT,
  beneficiary_way     TEXT,
  reason              TEXT,
  last_at             INTEGER NOT NULL,
  last_by             BLOB NOT NULL,
  -- who posted or moved it, 16 bytes each: none of them credits it
  makers              BLOB NOT NULL,
  credited_min        INTEGER,
  coefficient_percent INTEGER,
  service_version     INTEGER,
  credited_on         INTEGER,
  credited_at         INTEGER,
  credited_by         BLOB,
  reversed_at         INTEGER,
  reversed_by         BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX service_order_by_number ON service_order (number);
-- With what lists filter and the calendar adds up, so that they read the index alone.
CREATE INDEX service_order_by_day ON service_order (day, start_min, beneficiary, state, credited_min);
CREATE INDEX service_order_by_state ON service_order (state, day, start_min, last_by);
CREATE INDEX service_order_by_beneficiary ON service_order (beneficiary, day, state);
CREATE INDEX service_order_by_volunteer ON service_order (volunteer, day, state, credited_min)
  WHERE volunteer IS NOT NULL;
CREATE INDEX service_order_by_need ON service_order (need, state) WHERE need IS NOT NULL;

-- receiver: a resident; absent: the town's reserve.
CREATE TABLE time_gift (
  id             BLOB PRIMARY KEY,
  scope          TEXT NOT NULL,
  giver          BLOB NOT NULL,
  receiver       BLOB,
  amount_min     INTEGER NOT NULL,
  relation       TEXT,
  note           TEXT,
  given_on       INTEGER NOT NULL,
  recorded_at    INTEGER NOT NULL,
  recorded_by    BLOB NOT NULL,
  op             BLOB NOT NULL,
  reversed_at    INTEGER,
  reversed_by    BLOB,
  reverse_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX time_gift_by_giver ON time_gift (giver);
CREATE INDEX time_gift_by_receiver ON time_gift (receiver) WHERE receiver IS NOT NULL;
