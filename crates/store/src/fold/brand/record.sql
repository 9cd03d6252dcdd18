INSERT INTO brand (
  id, scope, name, slogan, domain, owner_unit, story, objectives, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (id) DO UPDATE SET
  name = coalesce(excluded.name, name),
  slogan = coalesce(excluded.slogan, slogan),
  domain = coalesce(excluded.domain, domain),
  owner_unit = coalesce(excluded.owner_unit, owner_unit),
  story = coalesce(excluded.story, story),
  objectives = coalesce(excluded.objectives, objectives)
