-- Without a name: the only user who can sign in here.
SELECT user, secret
FROM credential
WHERE sign_in_name = ?1 OR (?1 = '' AND (SELECT count(*) FROM credential) = 1)
