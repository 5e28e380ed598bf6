-- statement 0
SELECT s0.id AS c0,
       s0.person_id AS c1,
       s0.kind AS c2,
       s0.urgency AS c3,
       s0.region AS c4
FROM need AS s0
WHERE s0.consented = true AND s0.status = 'OPEN' AND s0.region >= '2305' AND s0.region < '2305:' ORDER BY s0.id ASC
 LIMIT 21
-- WITHHELD needs.nodes.description: no policy permits read of Need.description to charity for purpose charity-matching ()
