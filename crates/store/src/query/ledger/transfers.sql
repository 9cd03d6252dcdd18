-- What one operation posts stands together, what it takes back first: a hold is released before it is paid from.
WITH entry AS (
  SELECT id, debit AS other, amount_units AS amount, effective_on, posted_at, source, reverses
  FROM transfer WHERE credit IN (SELECT value FROM json_each(?1))
  UNION ALL
  SELECT id, credit, -amount_units, effective_on, posted_at, source, reverses
  FROM transfer WHERE debit IN (SELECT value FROM json_each(?1))
), running AS (
  SELECT *, sum(amount) OVER (ORDER BY effective_on, posted_at, reverses IS NULL, id ROWS UNBOUNDED PRECEDING) AS balance
  FROM entry
), page AS (
  SELECT * FROM running ORDER BY effective_on, posted_at, reverses IS NULL, id LIMIT ?2 OFFSET ?3
)
SELECT p.id, a.owner_kind, a.owner, p.amount, p.effective_on, p.posted_at, p.source, p.reverses, p.balance
FROM page p JOIN main.account a ON a.no = p.other
ORDER BY p.effective_on, p.posted_at, p.reverses IS NULL, p.id
