-- The sources of points are awards; the entity's first byte is its kind.
WITH entry AS (
  SELECT id, source, amount_units AS amount, effective_on, posted_at, reverses
  FROM transfer WHERE credit IN (SELECT value FROM json_each(?1))
  UNION ALL
  SELECT id, source, -amount_units, effective_on, posted_at, reverses
  FROM transfer WHERE debit IN (SELECT value FROM json_each(?1))
), running AS (
  SELECT *, sum(amount) OVER (ORDER BY effective_on, posted_at, id ROWS UNBOUNDED PRECEDING) AS balance
  FROM entry
), page AS (
  SELECT * FROM running ORDER BY effective_on, posted_at, id LIMIT ?2 OFFSET ?3
)
SELECT p.id, substr(p.source, 2), p.amount, p.effective_on, p.posted_at, p.balance, p.reverses,
  a.occurred_on, t.name, v.code, v.item
FROM page p
LEFT JOIN award a ON a.id = substr(p.source, 2)
LEFT JOIN activity t ON t.id = a.activity AND t.scope = a.scope
LEFT JOIN rule_version v ON v.id = a.rule_version
ORDER BY p.effective_on, p.posted_at, p.id
