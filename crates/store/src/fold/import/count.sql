INSERT INTO import_part (
  import, scope, source, residents, rules, created, updated, recorded_at, recorded_by
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (import, scope) DO UPDATE SET
  residents = residents + excluded.residents,
  rules = rules + excluded.rules,
  created = created + excluded.created,
  updated = updated + excluded.updated
