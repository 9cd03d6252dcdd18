SELECT count(*)
FROM award a JOIN op o ON o.no = (SELECT c.no FROM op c WHERE (c.id = a.op OR c.origin = a.op) AND c.status < 2 LIMIT 1)
WHERE a.resident = ?1 AND o.no > ?2
