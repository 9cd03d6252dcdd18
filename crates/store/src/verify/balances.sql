SELECT count(*) FROM account a
WHERE a.balance_units <>
  coalesce((SELECT sum(amount_units) FROM transfer WHERE credit = a.no), 0)
  - coalesce((SELECT sum(amount_units) FROM transfer WHERE debit = a.no), 0)
