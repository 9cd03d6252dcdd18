SELECT (SELECT count(*) FROM transfer WHERE credit = ?1) + (SELECT count(*) FROM transfer WHERE debit = ?1)
