-- Without a name: the only user who can sign in. Open accounts first.
SELECT u.id, c.secret, c.totp
FROM user u JOIN credential c ON c.user = u.id
WHERE c.secret IS NOT NULL AND (
  u.sign_in_name = ?1
  OR (?1 = '' AND u.active = 1
      AND 1 = (SELECT count(*) FROM user o JOIN credential d ON d.user = o.id WHERE o.active = 1 AND d.secret IS NOT NULL)))
ORDER BY u.active DESC, u.id
