UPDATE award SET
  state = ?2, reviewed_at = ?3, reviewed_by = ?4, reason = ?5, effective_on = ?6, transfer = ?7
WHERE id = ?1
