INSERT OR IGNORE INTO handover (
  id, scope, brand, purpose, state, requested_at, requested_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
