SELECT bytes, status, server_seq, hlc, device, epoch, seq, readable
FROM op
ORDER BY scope, status = 0, server_seq, hlc, device, epoch, seq
