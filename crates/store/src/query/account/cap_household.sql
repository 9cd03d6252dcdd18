SELECT coalesce(sum(a.amount_points), 0)
FROM award a JOIN rule_version v ON v.id = a.rule_version
WHERE a.household = ?1 AND a.subject = 1 AND v.rule = ?2
  AND a.occurred_on BETWEEN ?3 AND ?4 AND a.state IN (0, 2)
