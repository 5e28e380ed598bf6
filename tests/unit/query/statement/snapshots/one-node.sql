-- statement 0
SELECT uuid_send(s0.id) AS c0,
       s0.address AS c1,
       coalesce(s0.region >= '230502' AND s0.region < '230502:', false) AS c2,
       convert_to($1::VARCHAR || coalesce(CAST(s0.size AS TEXT), 'null'), 'UTF8') AS c3
FROM household AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.id = $2::UUID
 LIMIT 1000
-- $1: '"size":'
-- $2 from node(id:)
-- CONDITIONAL node.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
