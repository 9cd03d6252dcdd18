INSERT INTO op (
  id, device, epoch, seq, hash, scope, kind, hlc, origin, status, readable, server_seq, receipt_at, bytes, branch, actor
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
