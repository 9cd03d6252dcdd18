-- Until they are signed, the planned times count; planned minutes from a sign-in on.
SELECT id FROM service_order
WHERE volunteer = ?1 AND day = ?2 AND state NOT IN ('cancelled', 'reversed') AND id IS NOT ?5
  AND coalesce(signed_in_min, start_min) < ?4
  AND coalesce(signed_out_min, coalesce(signed_in_min, start_min) + planned_min) > ?3
ORDER BY start_min, id
