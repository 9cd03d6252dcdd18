SELECT o.scope, o.status, o.server_seq, o.hlc, o.device, o.epoch, o.seq
FROM op_entity e JOIN op o ON o.no = e.op_no
WHERE e.entity = ?1 AND e.op_no <> ?2 AND o.status < 2 AND o.readable = 0
