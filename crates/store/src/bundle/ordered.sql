SELECT server_seq, bytes, issue FROM op WHERE scope = ?1 AND server_seq > ?2 AND server_seq <= ?3
UNION ALL
SELECT server_seq, bytes, NULL FROM set_aside WHERE scope = ?1 AND server_seq > ?2 AND server_seq <= ?3
ORDER BY server_seq
