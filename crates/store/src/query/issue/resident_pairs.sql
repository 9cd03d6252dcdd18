-- Records that look like one person: the same number; or the same name with the same household or day of birth. A record
-- that was merged no longer stands for anybody.
SELECT p.a, p.b, x.scope, 0
FROM resident_twin p JOIN resident x ON x.id = p.a JOIN resident y ON y.id = p.b
WHERE (x.id_number = y.id_number
    OR (x.name = y.name AND x.village = y.village AND x.household_no = y.household_no)
    OR (x.name = y.name AND substr(x.id_number, 7, 8) = substr(y.id_number, 7, 8)))
  AND x.id NOT IN (SELECT id FROM alias) AND y.id NOT IN (SELECT id FROM alias)
  AND NOT EXISTS (
    SELECT 1 FROM issue_settled s WHERE substr(s.about, 2) = x.id AND s.kind = ?2
      AND replace(s.what, '-', '') = lower(hex(y.id)))
ORDER BY p.b DESC LIMIT ?1
