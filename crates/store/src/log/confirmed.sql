-- The scopes are walked in the index, one step each: the log is long and they are few.
WITH RECURSIVE scopes (scope) AS (
    SELECT min(scope) FROM op WHERE server_seq IS NOT NULL
    UNION ALL
    SELECT (SELECT min(o.scope) FROM op o WHERE o.server_seq IS NOT NULL AND o.scope > scopes.scope)
    FROM scopes WHERE scopes.scope IS NOT NULL
)
SELECT scope, (SELECT max(o.server_seq) FROM op o WHERE o.scope = scopes.scope AND o.server_seq IS NOT NULL)
FROM scopes WHERE scope IS NOT NULL
