-- ?1: the text. ?2: records of the person, ?3: activities that go with them, both as lists of hex.
SELECT 'activity', a.id, a.name FROM activity a
WHERE instr(a.name, ?1) > 0 AND hex(a.id) NOT IN (SELECT value FROM json_each(?3))
UNION ALL
SELECT 'event', e.id, coalesce(e.title, '') FROM event e
WHERE instr(coalesce(e.title, '') || char(10) || coalesce(e.plan, '') || char(10) || coalesce(e.place, ''), ?1) > 0
UNION ALL
SELECT 'guest', g.event, g.guest FROM attendance g WHERE instr(g.guest, ?1) > 0
UNION ALL
SELECT 'photo', p.event, p.caption FROM event_photo p WHERE instr(p.caption, ?1) > 0
UNION ALL
SELECT 'brand', b.id, coalesce(b.name, '') FROM brand b
WHERE instr(coalesce(b.story, '') || char(10) || coalesce(b.objectives, '') || char(10) || coalesce(b.slogan, ''), ?1) > 0
UNION ALL
SELECT 'order', o.id, coalesce(o.note, o.place, '') FROM service_order o
WHERE instr(coalesce(o.note, '') || char(10) || coalesce(o.place, '') || char(10) || coalesce(o.reason, ''), ?1) > 0
  AND hex(o.beneficiary) NOT IN (SELECT value FROM json_each(?2))
UNION ALL
SELECT 'need', n.id, coalesce(n.note, n.place, '') FROM need n
WHERE instr(coalesce(n.note, '') || char(10) || coalesce(n.place, ''), ?1) > 0
  AND hex(n.resident) NOT IN (SELECT value FROM json_each(?2))
UNION ALL
SELECT 'gift', t.id, coalesce(t.note, t.relation, '') FROM time_gift t
WHERE instr(coalesce(t.note, '') || char(10) || coalesce(t.relation, ''), ?1) > 0
  AND hex(t.giver) NOT IN (SELECT value FROM json_each(?2))
UNION ALL
SELECT 'guardian', c.resident, c.guardian FROM consent c
WHERE instr(c.guardian, ?1) > 0 AND hex(c.resident) NOT IN (SELECT value FROM json_each(?2))
LIMIT ?4
