SELECT
  coalesce(sum(amount_points) FILTER (WHERE state = 0), 0),
  coalesce(sum(amount_points) FILTER (WHERE state = 1), 0)
FROM award WHERE household = ?1 AND subject = 1
