INSERT OR IGNORE INTO service_order (
  id, scope, number, need, beneficiary, service_type, day, start_min, planned_min, payer, place, note,
  recorded_at, recorded_by, op, state, last_at, last_by, makers
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?13, ?14, ?14)
