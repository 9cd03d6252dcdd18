UPDATE service_order SET
  state = ?2, volunteer = ?3, signed_in_min = ?4, signed_out_min = ?5, volunteer_way = ?6, beneficiary_way = ?7,
  last_at = ?8, last_by = ?9, reason = iif(?10, ?11, reason), makers = ?12
WHERE id = ?1
