SELECT seq
FROM op
WHERE device = ?1 AND epoch = ?2 AND hash = ?3 AND server_seq IS NULL
