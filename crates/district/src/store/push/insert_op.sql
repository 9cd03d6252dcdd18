INSERT INTO op (device, epoch, seq, hash, id, scope, server_seq, issue, reject_code, received_at_ms, bytes)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
