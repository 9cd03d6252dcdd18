INSERT OR IGNORE INTO assessment (
  brand, year, scope, renewed, findings, assessed_on, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
