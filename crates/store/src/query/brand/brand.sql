SELECT s.brand, b.name, b.slogan, b.domain, b.owner_unit, b.story, b.objectives,
       s.state, s.since_at, s.reason, s.proposed_at, s.proposed_by, s.submitted_at, s.submitted_by,
       s.decided_at, s.decided_by, s.active_since, s.retired_on,
       (SELECT count(*) FROM milestone m WHERE m.brand = s.brand AND m.state <> 'dropped'),
       (SELECT count(*) FROM milestone m WHERE m.brand = s.brand AND m.state = 'done'),
       b.mark, b.mark_hash, b.mark_mime, b.mark_bytes_len, NULL,
       EXISTS (SELECT 1 FROM attachment a WHERE a.hash = b.mark_hash)
FROM brand_standing s
LEFT JOIN brand b ON b.id = s.brand
