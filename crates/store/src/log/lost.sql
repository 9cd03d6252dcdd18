SELECT o.no
FROM op o LEFT JOIN cursor c ON c.scope = o.scope
WHERE o.device = ?1 AND o.epoch = ?2 AND o.seq >= ?3 AND o.branch = 0 AND o.status IN (1, 2)
  AND (o.server_seq IS NULL OR o.server_seq > coalesce(c.server_seq, 0))
ORDER BY o.seq
