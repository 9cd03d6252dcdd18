-- An account's transfers by what they were for. Kinds of sources: 12 service order, 13 gift,
-- 18 waived deficit; kind of owner 4: holding.
WITH entry AS (
  SELECT debit AS other, source, amount_units AS amount, reverses FROM transfer WHERE credit IN (SELECT value FROM json_each(?1))
  UNION ALL
  SELECT credit, source, -amount_units, reverses FROM transfer WHERE debit IN (SELECT value FROM json_each(?1))
), seen AS (
  SELECT e.amount, substr(e.source, 1, 1) AS kind, a.owner_kind = 4 AS held,
         (e.amount > 0) = (e.reverses IS NULL) AS gained
  FROM entry e JOIN main.account a ON a.no = e.other
)
SELECT
  coalesce(sum(amount) FILTER (WHERE kind = x'0c' AND NOT held AND gained), 0),
  -coalesce(sum(amount) FILTER (WHERE kind = x'0c' AND NOT held AND NOT gained), 0),
  -coalesce(sum(amount) FILTER (WHERE kind = x'0c' AND held), 0),
  -coalesce(sum(amount) FILTER (WHERE kind = x'0d' AND NOT gained), 0),
  coalesce(sum(amount) FILTER (WHERE kind = x'0d' AND gained), 0),
  coalesce(sum(amount) FILTER (WHERE kind = x'12'), 0)
FROM seen
