INSERT OR IGNORE INTO evidence (activity, scope, id, hash, mime, bytes_len)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
