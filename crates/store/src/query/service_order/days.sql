SELECT o.day, count(*), count(*) FILTER (WHERE o.state NOT IN ('credited', 'reversed')),
       coalesce(sum(o.credited_min) FILTER (WHERE o.state = 'credited'), 0)
FROM service_order o
