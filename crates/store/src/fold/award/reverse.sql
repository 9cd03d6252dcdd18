UPDATE award SET
  state = ?2, reversed_at = ?3, reversed_by = ?4, reverse_reason = ?5, reversal = ?6
WHERE id = ?1
