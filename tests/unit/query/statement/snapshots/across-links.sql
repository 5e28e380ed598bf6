-- statement 0
SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       convert_to(($1::VARCHAR || CAST(s0.id AS TEXT)) || $2::VARCHAR, 'UTF8') AS c2
FROM recipient AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' AND (EXISTS (SELECT *
FROM person AS s0l1
WHERE s0l1.id = s0.person_id AND s0l1.region >= '2305' AND s0l1.region < '2305:' AND s0l1.region >= '230502' AND s0l1.region < '230502:' AND s0l1.birth_date < $3::DATE)) AND NOT (EXISTS (SELECT *
FROM household AS s0l2
WHERE s0l2.id = s0.household_id AND s0l2.region >= '2305' AND s0l2.region < '2305:' AND s0l2.size > $4::INTEGER)) ORDER BY s0.id ASC
 LIMIT 21
-- $1: '"id":"Recipient:'
-- $2: '"'
-- $3 from Person.birthDate.lt
-- $4 from Household.size.gt
