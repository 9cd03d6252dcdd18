SELECT server_seq, hash FROM op WHERE scope = ?1 AND server_seq BETWEEN ?2 AND ?3
UNION ALL
SELECT server_seq, hash FROM set_aside WHERE scope = ?1 AND server_seq BETWEEN ?2 AND ?3
ORDER BY server_seq
