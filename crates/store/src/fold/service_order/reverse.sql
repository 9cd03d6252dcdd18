UPDATE service_order SET state = ?2, reversed_at = ?3, reversed_by = ?4, reason = ?5 WHERE id = ?1
