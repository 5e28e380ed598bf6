-- statement 0
SELECT s0.size AS c0,
       s0.id AS c1,
       s0.address AS c2,
       coalesce(s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < $2::VARCHAR COLLATE "C", false) AS c3
FROM household AS s0
WHERE s0.region >= $3::VARCHAR COLLATE "C" AND s0.region < $4::VARCHAR COLLATE "C" AND s0.id = $5::UUID
 LIMIT $6::INTEGER
-- $1: '230502'
-- $2: '230502:'
-- $3: '2305'
-- $4: '2305:'
-- $5 from node(id:)
-- $6: 1000
-- CONDITIONAL node.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
