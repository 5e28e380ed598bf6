-- statement 0
SELECT s0.id AS c0,
       s0.name AS c1,
       coalesce(s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < $2::VARCHAR COLLATE "C", false) AS c2,
       s0.id_number AS c3,
       s0.phone AS c4,
       array((SELECT row(s1.id, s1e.id, s1.address, coalesce(s1.region >= $3::VARCHAR COLLATE "C" AND s1.region < $4::VARCHAR COLLATE "C", false)) AS row_1
FROM household_member AS s1e JOIN household AS s1 ON s1e.household_id = s1.id
WHERE s1.region >= $5::VARCHAR COLLATE "C" AND s1.region < $6::VARCHAR COLLATE "C" AND s1e.person_id = s0.id AND s1e.region >= $7::VARCHAR COLLATE "C" AND s1e.region < $8::VARCHAR COLLATE "C" ORDER BY s1.id ASC, s1e.id ASC
 LIMIT $9::INTEGER + $10::INTEGER)) AS c5
FROM person AS s0
WHERE s0.region >= $11::VARCHAR COLLATE "C" AND s0.region < $12::VARCHAR COLLATE "C" AND s0.id_number_index = $13::BYTEA
 LIMIT $14::INTEGER
-- $1: '230502'
-- $2: '230502:'
-- $3: '230502'
-- $4: '230502:'
-- $5: '2305'
-- $6: '2305:'
-- $7: '2305'
-- $8: '2305:'
-- $9 from person.households.first
-- $10: 1
-- $11: '2305'
-- $12: '2305:'
-- $13 from person(idNumber:)
-- $14: 1000
-- CONDITIONAL person.name: civil-affairs-prefecture-masked permits readMasked of Person.name to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.idNumber: civil-affairs-prefecture-masked permits readMasked of Person.id_number to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.phone: civil-affairs-prefecture-masked permits readMasked of Person.phone to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.households.nodes.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
