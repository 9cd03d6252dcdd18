SELECT need FROM service_order
WHERE need IS NOT NULL AND state NOT IN ('cancelled', 'reversed')
GROUP BY need
HAVING count(*) > 1 OR need IN (SELECT id FROM need WHERE closed_at IS NOT NULL)
ORDER BY need LIMIT ?1
