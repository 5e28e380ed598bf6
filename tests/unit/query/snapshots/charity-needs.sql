-- statement 0
SELECT s0.id AS c0,
       s0.person_id AS c1,
       s0.kind AS c2,
       s0.urgency AS c3,
       s0.region AS c4
FROM need AS s0
WHERE s0.consented = $1::BOOLEAN AND s0.status = $2::VARCHAR COLLATE "C" AND s0.region >= $3::VARCHAR COLLATE "C" AND s0.region < $4::VARCHAR COLLATE "C" ORDER BY s0.id ASC
 LIMIT $5::INTEGER + $6::INTEGER
-- $1: True
-- $2: 'OPEN'
-- $3: '2305'
-- $4: '2305:'
-- $5 from needs.first
-- $6: 1
-- WITHHELD needs.nodes.description: no policy permits read of Need.description to charity for purpose charity-matching ()
