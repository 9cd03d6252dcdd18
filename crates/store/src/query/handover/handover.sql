-- An entity is its kind, 17 for this one, and its id.
SELECT h.id, h.brand, b.name, h.purpose, h.state, h.requested_at, h.requested_by, h.reviewed_at, h.reviewed_by,
       h.reason, h.sheet,
       EXISTS (
         SELECT 1 FROM race r
         WHERE r.entity >= x'11' AND r.entity < x'12' AND substr(r.entity, 2) = h.id AND r.what = 'handover_lost')
FROM handover h
LEFT JOIN brand b ON b.id = h.brand
