-- The service is named as on the need's day; before the first version began, as in the first.
SELECT n.id, n.scope, n.resident, r.name, r.village, n.service_type, v.code, v.name, n.day, n.start_min, n.planned_min,
       n.place, n.note, n.recorded_at, n.recorded_by, n.op, n.closed_at, n.closed_by, n.close_reason,
       (SELECT count(*) FROM service_order o WHERE o.need = n.id AND o.state NOT IN ('cancelled', 'reversed')),
       EXISTS (SELECT 1 FROM service_order o WHERE o.need = n.id AND o.state = 'credited')
FROM need n
LEFT JOIN resident r ON r.id = n.resident
LEFT JOIN service_type_version v ON v.service_type = n.service_type AND v.version = coalesce(
  (SELECT max(w.version) FROM service_type_version w
   WHERE w.service_type = n.service_type AND w.in_force_from <= n.day),
  (SELECT min(w.version) FROM service_type_version w WHERE w.service_type = n.service_type))
