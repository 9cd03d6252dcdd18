INSERT OR IGNORE INTO activity (
  id, scope, name, rule_version, occurred_on, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
