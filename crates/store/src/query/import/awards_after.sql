SELECT count(*)
FROM award a JOIN op o ON o.id = a.op
WHERE a.resident = ?1 AND o.no > ?2
