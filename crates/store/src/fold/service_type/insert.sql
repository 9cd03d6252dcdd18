INSERT OR IGNORE INTO service_type_version (
  service_type, version, scope, code, name, coefficient_percent, in_force_from, recorded_at, recorded_by, op
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
