SELECT server_seq, bytes, issue
FROM op
WHERE scope = ?1 AND server_seq > ?2 AND server_seq IS NOT NULL
ORDER BY server_seq
LIMIT ?3
