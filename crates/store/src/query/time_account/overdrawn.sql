-- A person is below zero with all merged records together. Only accounts below zero and those of merged records are
-- looked at.
WITH person AS (
  SELECT coalesce(l.root, a.owner) AS who, sum(a.balance_units) AS balance
  FROM account a LEFT JOIN alias l ON l.id = a.owner
  WHERE a.no IN (
    SELECT no FROM account WHERE ledger = 'minutes' AND owner_kind = 1 AND balance_units < 0
    UNION
    SELECT x.no FROM account x
    WHERE x.ledger = 'minutes' AND x.owner_kind = 1
      AND x.owner IN (SELECT id FROM alias UNION SELECT root FROM alias))
  GROUP BY who HAVING balance < 0
)
SELECT p.who, r.name, r.village, p.balance, 0, 0
FROM person p LEFT JOIN resident r ON r.id = p.who
ORDER BY p.balance, p.who LIMIT ?1
