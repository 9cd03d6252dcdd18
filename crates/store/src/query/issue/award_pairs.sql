-- Two live awards of one person, one day and one rule from two activities. The hints name those of one record; those of
-- merged records are looked for.
WITH member (id, root) AS (SELECT id, root FROM alias UNION SELECT root, root FROM alias),
pair (a, b) AS (
  SELECT a, b FROM award_twin
  UNION
  SELECT min(x.id, y.id), max(x.id, y.id)
  FROM member m JOIN member n ON n.root = m.root AND n.id > m.id
  JOIN award x ON x.resident = m.id
  JOIN award y ON y.resident = n.id AND y.occurred_on = x.occurred_on AND y.activity <> x.activity
)
SELECT p.a, p.b, x.scope, max(x.recorded_at, y.recorded_at) AS at, x.resident
FROM pair p JOIN award x ON x.id = p.a JOIN award y ON y.id = p.b
JOIN rule_version v ON v.id = x.rule_version
JOIN rule_version w ON w.id = y.rule_version
WHERE x.state IN (0, 2) AND y.state IN (0, 2) AND v.rule = w.rule AND x.occurred_on = y.occurred_on
  AND x.activity <> y.activity AND x.subject = y.subject
  AND NOT EXISTS (
    SELECT 1 FROM issue_settled s WHERE substr(s.about, 2) = x.id AND s.kind = ?2
      AND replace(s.what, '-', '') = lower(hex(y.id)))
ORDER BY at DESC LIMIT ?1
