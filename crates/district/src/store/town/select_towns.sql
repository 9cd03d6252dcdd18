SELECT
    town.code,
    coalesce((SELECT sum(next_seq - 1) FROM scope WHERE scope.town = town.code), 0),
    (SELECT count(*) FROM op JOIN device ON device.id = op.device
     WHERE device.town = town.code AND op.server_seq IS NULL),
    (SELECT count(*) FROM op JOIN device ON device.id = op.device
     WHERE device.town = town.code AND op.issue IS NOT NULL),
    (SELECT count(*) FROM person_key WHERE person_key.town = town.code AND tombstone = 0)
FROM town
ORDER BY town.code
