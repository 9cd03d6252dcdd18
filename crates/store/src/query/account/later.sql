SELECT
  coalesce((SELECT sum(amount_units) FROM transfer WHERE credit IN (SELECT value FROM json_each(?1)) AND effective_on > ?2), 0)
  - coalesce((SELECT sum(amount_units) FROM transfer WHERE debit IN (SELECT value FROM json_each(?1)) AND effective_on > ?2), 0)
