-- Pairs that are alike now and that the local hints do not name, so that no list of suspects would show them.
SELECT (
  SELECT count(*) FROM (
    SELECT r.id AS a, n.id AS b FROM resident r JOIN resident n ON n.id_number = r.id_number AND n.id > r.id
    UNION
    SELECT r.id, n.id FROM resident r JOIN resident n
      ON n.village = r.village AND n.household_no = r.household_no AND n.name = r.name AND n.id > r.id
    UNION
    SELECT r.id, n.id FROM resident r JOIN resident n
      ON n.name = r.name AND substr(n.id_number, 7, 8) = substr(r.id_number, 7, 8) AND n.id > r.id
  ) pair
  WHERE NOT EXISTS (SELECT 1 FROM resident_twin t WHERE t.a = pair.a AND t.b = pair.b)
) + (
  SELECT count(*) FROM award w JOIN award n
    ON n.resident = w.resident AND n.occurred_on = w.occurred_on AND n.id > w.id AND n.activity <> w.activity
  WHERE (n.rule_version = w.rule_version
      OR (SELECT rule FROM rule_version WHERE id = n.rule_version) =
         (SELECT rule FROM rule_version WHERE id = w.rule_version))
    AND NOT EXISTS (SELECT 1 FROM award_twin t WHERE t.a = w.id AND t.b = n.id)
)
