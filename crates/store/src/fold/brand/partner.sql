INSERT INTO partner (brand, id, name, role)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (brand, id) DO UPDATE SET
  name = coalesce(excluded.name, name),
  role = coalesce(excluded.role, role)
