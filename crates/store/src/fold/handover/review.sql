UPDATE handover SET
  state = ?2, reviewed_at = ?3, reviewed_by = ?4, reason = ?5, sheet = ?6
WHERE id = ?1
