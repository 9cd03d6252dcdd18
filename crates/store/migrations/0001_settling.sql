-- ---------------------------------------------------------------- settling
-- What a person decided about an issue; id: the entity. about, op, what: which issue. The first in canonical order holds.
CREATE TABLE issue_settled (
  id         BLOB PRIMARY KEY,
  scope      TEXT NOT NULL,
  kind       TEXT NOT NULL,
  about      BLOB NOT NULL,
  op         BLOB,
  what       TEXT,
  decision   TEXT NOT NULL,
  reason     TEXT,
  decided_at INTEGER NOT NULL,
  decided_by BLOB NOT NULL,
  decided_op BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_settled_by_time ON issue_settled (decided_at);
-- By the id of what it is about, without its kind.
CREATE INDEX issue_settled_by_about ON issue_settled (substr(about, 2), kind);

-- Decisions about an account's deficits; id: where they and the taking back of its spends meet. spend: which deficit, by the
-- last spend that made it. The first in canonical order holds.
CREATE TABLE deficit_decided (
  id       BLOB NOT NULL,
  spend    BLOB NOT NULL,
  scope    TEXT NOT NULL,
  decision TEXT NOT NULL,
  PRIMARY KEY (id, spend)
) STRICT, WITHOUT ROWID;

-- Spends of an account that a waiver named or that were taken back. taken_units: what a waiver says that it took.
CREATE TABLE deficit_spend (
  id          BLOB NOT NULL,
  source      BLOB NOT NULL,
  scope       TEXT NOT NULL,
  taken_units INTEGER,
  taken_back  INTEGER NOT NULL,
  PRIMARY KEY (id, source)
) STRICT, WITHOUT ROWID;

-- Which record each merged one leads to in the end. A target that is not here ends the way; a ring of merges (two PCs
-- each merged the other way round) leads to its smallest id. Few rows, so that it is worked out whenever it is asked.
CREATE VIEW alias (id, root) AS
WITH RECURSIVE edge (id, at) AS (
  SELECT r.id, r.alias_of FROM resident r
  WHERE r.alias_of IS NOT NULL AND EXISTS (SELECT 1 FROM resident k WHERE k.id = r.alias_of)
), way (id, at) AS (
  SELECT id, at FROM edge
  UNION
  SELECT way.id, r.alias_of FROM way JOIN resident r ON r.id = way.at
  WHERE r.alias_of IS NOT NULL AND EXISTS (SELECT 1 FROM resident k WHERE k.id = r.alias_of)
)
SELECT way.id, min(way.at) FROM way
WHERE way.at NOT IN (SELECT id FROM edge) OR way.at IN (SELECT id FROM way WHERE id = at)
GROUP BY way.id HAVING min(way.at) <> way.id;

-- Local hints, kept by triggers whatever writes: pairs that were alike once, to be looked at again when they are listed.
-- So a list of suspects costs what the suspects cost, and not the whole roster.
CREATE TABLE resident_twin (
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE INDEX resident_by_name ON resident (name, substr(id_number, 7, 8));
CREATE TRIGGER resident_came AFTER INSERT ON resident WHEN new.name IS NOT NULL OR new.id_number IS NOT NULL BEGIN
  INSERT OR IGNORE INTO resident_twin (a, b)
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.id_number = new.id_number AND new.id_number <> '' AND r.id <> new.id
  UNION
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.village = new.village AND r.household_no = new.household_no AND r.name = new.name AND r.id <> new.id
  UNION
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.name = new.name AND substr(r.id_number, 7, 8) = substr(new.id_number, 7, 8) AND new.id_number <> ''
    AND r.id <> new.id;
END;
CREATE TRIGGER resident_changed AFTER UPDATE OF name, id_number, village, household_no ON resident
WHEN new.name IS NOT old.name OR new.id_number IS NOT old.id_number OR new.village IS NOT old.village
  OR new.household_no IS NOT old.household_no
BEGIN
  INSERT OR IGNORE INTO resident_twin (a, b)
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.id_number = new.id_number AND new.id_number <> '' AND r.id <> new.id
  UNION
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.village = new.village AND r.household_no = new.household_no AND r.name = new.name AND r.id <> new.id
  UNION
  SELECT min(r.id, new.id), max(r.id, new.id) FROM resident r
  WHERE r.name = new.name AND substr(r.id_number, 7, 8) = substr(new.id_number, 7, 8) AND new.id_number <> ''
    AND r.id <> new.id;
END;

-- The same of awards of one resident, one day and one rule from two activities. Versions of a rule that are not here yet
-- may be of one rule.
CREATE TABLE award_twin (
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER award_came AFTER INSERT ON award BEGIN
  INSERT OR IGNORE INTO award_twin (a, b)
  SELECT min(w.id, new.id), max(w.id, new.id) FROM award w
  WHERE w.resident = new.resident AND w.occurred_on = new.occurred_on AND w.activity <> new.activity
    AND (w.rule_version = new.rule_version
      OR coalesce((SELECT rule FROM rule_version WHERE id = w.rule_version) =
                  (SELECT rule FROM rule_version WHERE id = new.rule_version), 1));
END;

CREATE INDEX op_with_issue ON op (no) WHERE issue IS NOT NULL;
