-- Since when the oldest operation that cannot be read whole lies here, by the clocks of who wrote them.
SELECT o.scope, count(DISTINCT k.subject), min(o.hlc >> 16) AS since
FROM (SELECT subject, entity FROM key_wait LIMIT ?1) k
JOIN op_entity e ON e.entity = k.entity JOIN op o ON o.no = e.op_no
WHERE o.status < 2
GROUP BY o.scope HAVING since < ?2
ORDER BY o.scope
