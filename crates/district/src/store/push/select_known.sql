SELECT hash, server_seq, issue, reject_code
FROM op
WHERE device = ?1 AND epoch = ?2 AND seq = ?3
