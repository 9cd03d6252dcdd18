-- The service is named as on the order's day or as it was credited; before the first version began, as in the first,
-- which gives no coefficient then.
SELECT o.id, o.scope, o.number, o.need, o.beneficiary, b.name, b.village, o.volunteer, w.name, w.village,
       o.service_type, v.code, v.name, coalesce(o.service_version, iif(v.in_force_from <= o.day, v.version, NULL)),
       coalesce(o.coefficient_percent, iif(v.in_force_from <= o.day, v.coefficient_percent, NULL)),
       o.day, o.start_min, o.planned_min, o.payer, o.place, o.note, o.state, o.signed_in_min, o.signed_out_min,
       o.volunteer_way, o.beneficiary_way, o.credited_min, o.reason, o.recorded_at, o.recorded_by, o.op, o.last_at,
       o.last_by, o.makers, o.credited_at, o.credited_on, o.credited_by, o.reversed_at, o.reversed_by
FROM service_order o
LEFT JOIN resident b ON b.id = o.beneficiary
LEFT JOIN resident w ON w.id = o.volunteer
LEFT JOIN service_type_version v ON v.service_type = o.service_type AND v.version = coalesce(
  (SELECT s.version FROM service_type_version s
   WHERE s.service_type = o.service_type AND s.version = o.service_version),
  (SELECT max(s.version) FROM service_type_version s
   WHERE s.service_type = o.service_type AND s.in_force_from <= o.day),
  (SELECT min(s.version) FROM service_type_version s WHERE s.service_type = o.service_type))
