-- Accounts without transfers may be left by what was taken back. What they earned is by the day of service.
SELECT a.owner, r.name, r.village, a.balance_units,
  (SELECT coalesce(sum(o.credited_min), 0) FROM service_order o
   WHERE o.volunteer = a.owner AND o.day BETWEEN ?2 AND ?3 AND o.state = 'credited'),
  (SELECT count(*) FROM service_order o
   WHERE o.volunteer = a.owner AND o.day BETWEEN ?2 AND ?3 AND o.state = 'credited')
FROM account a LEFT JOIN resident r ON r.id = a.owner
