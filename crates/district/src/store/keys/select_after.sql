SELECT key_seq, subject, data_key, wrapped, tombstone
FROM person_key
WHERE town = ?1 AND key_seq > ?2
ORDER BY key_seq
LIMIT ?3
