INSERT OR IGNORE INTO time_gift (
  id, scope, giver, receiver, amount_min, relation, note, given_on, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
