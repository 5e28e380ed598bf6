-- statement 0
SELECT s0.id AS c0,
       s0.person_id AS c1
FROM recipient AS s0
WHERE s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < $2::VARCHAR COLLATE "C" AND (EXISTS (SELECT *
FROM person AS s0l1
WHERE s0l1.id = s0.person_id AND s0l1.region >= $3::VARCHAR COLLATE "C" AND s0l1.region < $4::VARCHAR COLLATE "C" AND s0l1.region >= $5::VARCHAR COLLATE "C" AND s0l1.region < $6::VARCHAR COLLATE "C" AND s0l1.birth_date < $7::DATE)) AND NOT (EXISTS (SELECT *
FROM household AS s0l2
WHERE s0l2.id = s0.household_id AND s0l2.region >= $8::VARCHAR COLLATE "C" AND s0l2.region < $9::VARCHAR COLLATE "C" AND s0l2.size > $10::INTEGER)) ORDER BY s0.id ASC
 LIMIT $11::INTEGER + $12::INTEGER
-- $1: '2305'
-- $2: '2305:'
-- $3: '2305'
-- $4: '2305:'
-- $5: '230502'
-- $6: '230502:'
-- $7 from Person.birthDate.lt
-- $8: '2305'
-- $9: '2305:'
-- $10 from Household.size.gt
-- $11 from recipients.first
-- $12: 1
