-- Where records were merged, a person's accounts are one line; what they earned is by the day of service.
WITH person AS (
  SELECT coalesce(l.root, a.owner) AS who, sum(a.balance_units) AS available
  FROM account a LEFT JOIN alias l ON l.id = a.owner
  WHERE a.ledger = 'minutes' AND a.owner_kind = 1
    AND (EXISTS (SELECT 1 FROM transfer t WHERE t.credit = a.no) OR EXISTS (SELECT 1 FROM transfer t WHERE t.debit = a.no))
  GROUP BY who
), listed AS (
  SELECT p.who, r.name, r.village, p.available FROM person p LEFT JOIN resident r ON r.id = p.who
  WHERE ?1 IS NULL OR r.village = ?1
), served AS (
  SELECT coalesce(l.root, o.volunteer) AS who, sum(o.credited_min) AS earned, count(*) AS orders
  FROM service_order o LEFT JOIN alias l ON l.id = o.volunteer
  WHERE o.day BETWEEN ?2 AND ?3 AND o.state = 'credited'
  GROUP BY 1
)
SELECT p.who, p.name, p.village, p.available, coalesce(s.earned, 0), coalesce(s.orders, 0), count(*) OVER ()
FROM listed p LEFT JOIN served s ON s.who = p.who
ORDER BY p.available DESC, p.who LIMIT ?4 OFFSET ?5
