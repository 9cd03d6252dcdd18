INSERT INTO indicator (brand, id, name, unit, baseline, target)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (brand, id) DO UPDATE SET
  name = coalesce(excluded.name, name),
  unit = coalesce(excluded.unit, unit),
  baseline = coalesce(excluded.baseline, baseline),
  target = coalesce(excluded.target, target)
