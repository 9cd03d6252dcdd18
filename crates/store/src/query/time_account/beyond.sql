WITH earner AS (
  SELECT coalesce(l.root, o.volunteer) AS who, sum(o.credited_min) AS earned, count(*) AS orders
  FROM service_order o LEFT JOIN alias l ON l.id = o.volunteer
  WHERE o.state = 'credited' AND o.day BETWEEN ?2 AND ?3
  GROUP BY who HAVING earned > ?1
)
SELECT e.who, r.name, r.village, 0, e.earned, e.orders
FROM earner e LEFT JOIN resident r ON r.id = e.who
ORDER BY e.earned DESC, e.who LIMIT ?4
