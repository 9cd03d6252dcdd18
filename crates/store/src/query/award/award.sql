SELECT a.id, a.scope, a.activity, t.name, a.rule_version, v.rule, v.code, v.item, a.subject,
       a.resident, r.name, a.household, a.amount_points, a.occurred_on, a.recorded_at,
       a.recorded_by, a.device, a.op, a.state, a.reviewed_at, a.reviewed_by, a.reason,
       a.effective_on, a.transfer, a.reversal, a.reversed_at, a.reversed_by, a.reverse_reason
FROM award a
LEFT JOIN activity t ON t.id = a.activity AND t.scope = a.scope
LEFT JOIN rule_version v ON v.id = a.rule_version
LEFT JOIN resident r ON r.id = a.resident
