SELECT count(*)
FROM consent c JOIN op o ON o.no = (SELECT t.no FROM op t WHERE (t.id = c.op OR t.origin = c.op) AND t.status < 2 LIMIT 1)
WHERE c.resident = ?1 AND o.no > ?2
