SELECT server_seq, bytes, hash, 0, id, device, epoch, seq, kind, hlc, origin, status, readable
FROM op WHERE scope = ?1 AND server_seq BETWEEN 1 AND ?2
UNION ALL
SELECT server_seq, bytes, hash, 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM set_aside WHERE scope = ?1 AND server_seq BETWEEN 1 AND ?2
ORDER BY server_seq
