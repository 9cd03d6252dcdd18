SELECT seq, hash
FROM op
WHERE device = ?1 AND epoch = ?2
ORDER BY seq DESC
LIMIT 1
