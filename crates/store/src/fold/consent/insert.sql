INSERT OR IGNORE INTO consent (
  id, scope, resident, version, channel, given_by, guardian, given_on, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
