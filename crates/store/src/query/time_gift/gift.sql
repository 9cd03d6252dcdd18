SELECT g.id, g.scope, g.giver, r.name, g.receiver, t.name, g.amount_min, g.relation, g.note, g.given_on, g.recorded_at,
       g.recorded_by, g.op, g.reversed_at, g.reversed_by, g.reverse_reason
FROM time_gift g
LEFT JOIN resident r ON r.id = g.giver
LEFT JOIN resident t ON t.id = g.receiver
