SELECT count(*)
FROM award AS back
WHERE back.state = 1 AND back.recorded_by = ?1
  AND NOT EXISTS (
    SELECT 1 FROM award AS again
    WHERE again.resident = back.resident AND again.occurred_on = back.occurred_on
      AND again.state <> 1 AND again.recorded_at > back.recorded_at
      AND (SELECT rule FROM rule_version WHERE id = again.rule_version)
        IS (SELECT rule FROM rule_version WHERE id = back.rule_version)
  )
