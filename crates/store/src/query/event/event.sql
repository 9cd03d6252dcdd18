SELECT e.id, e.title, e.plan, e.place, e.setting, e.brand, b.name, e.planned_on, e.held_on, e.cost_fen, e.state, e.day,
       (SELECT count(DISTINCT coalesce(a.resident, a.id)) FROM attendance a WHERE a.event = e.id),
       (SELECT count(*) FROM event_photo p WHERE p.event = e.id),
       e.recorded_at, e.recorded_by
FROM event e
LEFT JOIN brand b ON b.id = e.brand
