SELECT o.bytes, o.status, o.server_seq, o.hlc, o.device, o.epoch, o.seq,
  EXISTS (SELECT 1 FROM race r WHERE r.entity = e.entity AND r.op = coalesce(o.origin, o.id) AND r.what NOT LIKE 'unreadable:%')
FROM op_entity e JOIN op o ON o.no = e.op_no
WHERE e.entity = ?1 AND o.readable = 0 AND o.status < 3
