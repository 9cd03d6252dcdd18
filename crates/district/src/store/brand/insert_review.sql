INSERT INTO handover_review (town, handover)
VALUES (?1, ?2)
ON CONFLICT DO NOTHING
