SELECT o.no, o.bytes
FROM op_entity e JOIN op o ON o.no = e.op_no
WHERE e.entity = ?1 AND o.status < 2 AND o.readable = 0 AND o.kind <> 'import.undone'
ORDER BY o.no
