SELECT (SELECT count(*) FROM transfer WHERE credit IN (SELECT value FROM json_each(?1))) + (SELECT count(*) FROM transfer WHERE debit IN (SELECT value FROM json_each(?1)))
