SELECT count(*)
FROM consent c JOIN op o ON o.id = c.op
WHERE c.resident = ?1 AND o.no > ?2
