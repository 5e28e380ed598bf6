-- statement 0
SELECT s0.id AS c0,
       array((SELECT row(s1.id, s1e.id, CASE WHEN (s1.region >= $1::VARCHAR COLLATE "C" AND s1.region < $2::VARCHAR COLLATE "C") THEN s1.sex END) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= $3::VARCHAR COLLATE "C" AND s1.region < $4::VARCHAR COLLATE "C" AND s1e.household_id = s0.id AND s1e.region >= $5::VARCHAR COLLATE "C" AND s1e.region < $6::VARCHAR COLLATE "C" ORDER BY s1.id ASC, s1e.id ASC
 LIMIT $7::INTEGER + $8::INTEGER)) AS c1,
       (SELECT count(*) AS count_1
FROM household_member AS s2e JOIN person AS s2 ON s2e.person_id = s2.id
WHERE s2.region >= $9::VARCHAR COLLATE "C" AND s2.region < $10::VARCHAR COLLATE "C" AND s2e.household_id = s0.id AND s2e.region >= $11::VARCHAR COLLATE "C" AND s2e.region < $12::VARCHAR COLLATE "C") AS c2
FROM household AS s0
WHERE s0.region >= $13::VARCHAR COLLATE "C" AND s0.region < $14::VARCHAR COLLATE "C" ORDER BY s0.id ASC
 LIMIT $15::INTEGER + $16::INTEGER
-- $1: '230502'
-- $2: '230502:'
-- $3: '2305'
-- $4: '2305:'
-- $5: '2305'
-- $6: '2305:'
-- $7 from households.nodes.members.first
-- $8: 1
-- $9: '2305'
-- $10: '2305:'
-- $11: '2305'
-- $12: '2305:'
-- $13: '2305'
-- $14: '2305:'
-- $15 from households.first
-- $16: 1
-- statement 3
SELECT count(*) AS count_1
FROM household AS s3
WHERE s3.region >= $1::VARCHAR COLLATE "C" AND s3.region < $2::VARCHAR COLLATE "C"
-- $1: '2305'
-- $2: '2305:'
-- CONDITIONAL households.nodes.members.nodes.sex: civil-affairs-own-divisions permits read of Person.sex to civil-affairs for purpose assistance-review where region is known and region within 230502 (civil-affairs-own-divisions)
