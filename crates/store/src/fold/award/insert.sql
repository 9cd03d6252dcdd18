INSERT OR IGNORE INTO award (
  id, scope, activity, rule_version, subject, resident, household, amount_points, occurred_on,
  recorded_at, recorded_by, device, op, state
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
