SELECT m.brand, b.name, m.id, m.title, m.due_on, m.state, m.done_on
FROM brand_standing s
JOIN brand b ON b.id = s.brand
JOIN milestone m ON m.brand = s.brand
WHERE s.state = 'active' AND m.state = 'planned' AND m.due_on <= ?1
ORDER BY m.due_on, m.id
LIMIT ?2
