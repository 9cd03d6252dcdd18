UPDATE time_gift SET reversed_at = ?2, reversed_by = ?3, reverse_reason = ?4 WHERE id = ?1
