SELECT
  coalesce((SELECT sum(amount_units) FROM transfer WHERE credit = ?1 AND effective_on > ?2), 0)
  - coalesce((SELECT sum(amount_units) FROM transfer WHERE debit = ?1 AND effective_on > ?2), 0)
