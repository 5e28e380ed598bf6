-- statement 0
SELECT s0.size AS c0,
       s0.id AS c1,
       s0.address AS c2,
       coalesce(s0.region >= '230502' AND s0.region < '230502:', false) AS c3
FROM household AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.id = $1::UUID
 LIMIT 1000
-- $1 from node(id:)
-- CONDITIONAL node.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
