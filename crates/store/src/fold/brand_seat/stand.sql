UPDATE brand_standing SET
  state = ?2,
  since_at = ?3,
  since_op = ?4,
  reason = ?5,
  submitted_at = iif(?2 = 'proposed', ?3, submitted_at),
  submitted_by = iif(?2 = 'proposed', ?6, submitted_by),
  decided_at = iif(?2 IN ('approved', 'sent_back'), ?3, decided_at),
  decided_by = iif(?2 IN ('approved', 'sent_back'), ?6, decided_by),
  active_since = iif(?2 = 'active', ?7, active_since),
  retired_on = iif(?2 = 'retired', ?7, retired_on)
WHERE brand = ?1
