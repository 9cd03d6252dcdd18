SELECT bytes, status, server_seq FROM op WHERE status < 2 ORDER BY no
