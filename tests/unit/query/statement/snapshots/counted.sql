-- statement 0
SELECT uuid_send(s0.id) AS c0,
       array((SELECT row(uuid_send(s1.id), uuid_send(s1e.id), convert_to($1::VARCHAR || coalesce(($2::VARCHAR || CAST(CASE WHEN (s1.region >= '230502' AND s1.region < '230502:') THEN s1.sex END AS TEXT)) || $3::VARCHAR, 'null'), 'UTF8')) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= '2305' AND s1.region < '2305:' AND s1e.household_id = s0.id AND s1e.region >= '2305' AND s1e.region < '2305:' ORDER BY s1.id ASC, s1e.id ASC
 LIMIT 21)) AS c1,
       (SELECT count(*) AS count_1
FROM household_member AS s2e JOIN person AS s2 ON s2e.person_id = s2.id
WHERE s2.region >= '2305' AND s2.region < '2305:' AND s2e.household_id = s0.id AND s2e.region >= '2305' AND s2e.region < '2305:') AS c2
FROM household AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' ORDER BY s0.id ASC
 LIMIT 21
-- $1: '"sex":'
-- $2: '"'
-- $3: '"'
-- statement 3
SELECT count(*) AS count_1
FROM household AS s3
WHERE s3.region >= '2305' AND s3.region < '2305:'
-- CONDITIONAL households.nodes.members.nodes.sex: civil-affairs-own-divisions permits read of Person.sex to civil-affairs for purpose assistance-review where region is known and region within 230502 (civil-affairs-own-divisions)
