SELECT need FROM service_order
WHERE need IS NOT NULL AND state NOT IN ('cancelled', 'reversed')
GROUP BY need HAVING count(*) > 1 ORDER BY need LIMIT ?1
