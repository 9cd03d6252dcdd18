SELECT bytes, status, server_seq FROM op ORDER BY no
