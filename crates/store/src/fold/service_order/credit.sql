UPDATE service_order SET
  state = ?2, credited_min = ?3, coefficient_percent = ?4, service_version = ?5,
  credited_on = ?6, credited_at = ?7, credited_by = ?8
WHERE id = ?1
