INSERT OR IGNORE INTO transfer (
  id, scope, debit, credit, amount_units, effective_on, posted_at, source, reverses, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
