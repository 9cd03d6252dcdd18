INSERT OR IGNORE INTO event (
  id, scope, state, occurred_on, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
