-- statement 0
SELECT uuid_send(s0.id) AS c0,
       s0.name AS c1,
       coalesce(s0.region >= '230502' AND s0.region < '230502:', false) AS c2,
       s0.id_number AS c3,
       s0.phone AS c4,
       array((SELECT row(uuid_send(s1.id), uuid_send(s1e.id), s1.address, coalesce(s1.region >= '230502' AND s1.region < '230502:', false)) AS row_1
FROM household_member AS s1e JOIN household AS s1 ON s1e.household_id = s1.id
WHERE s1.region >= '2305' AND s1.region < '2305:' AND s1e.person_id = s0.id AND s1e.region >= '2305' AND s1e.region < '2305:' ORDER BY s1.id ASC, s1e.id ASC
 LIMIT 21)) AS c5
FROM person AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.id_number_index = $1::BYTEA
 LIMIT 1000
-- $1 from person(idNumber:)
-- CONDITIONAL person.name: civil-affairs-prefecture-masked permits readMasked of Person.name to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.idNumber: civil-affairs-prefecture-masked permits readMasked of Person.id_number to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.phone: civil-affairs-prefecture-masked permits readMasked of Person.phone to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL person.households.nodes.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
