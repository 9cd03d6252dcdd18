-- Merges that lead round in a ring, each member beside the one that stands for them all.
WITH RECURSIVE way (id, at) AS (
  SELECT id, alias_of FROM resident WHERE alias_of IS NOT NULL
  UNION
  SELECT way.id, r.alias_of FROM way JOIN resident r ON r.id = way.at WHERE r.alias_of IS NOT NULL
)
SELECT a.root, w.id, r.scope, max(r.merged_at, coalesce(k.merged_at, 0)) AS at
FROM way w JOIN alias a ON a.id = w.id JOIN resident r ON r.id = w.id JOIN resident k ON k.id = a.root
WHERE w.id = w.at
ORDER BY at DESC LIMIT ?1
