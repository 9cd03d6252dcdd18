INSERT OR IGNORE INTO need (
  id, scope, resident, service_type, day, start_min, planned_min, place, note, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
