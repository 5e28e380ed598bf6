-- statement 0
SELECT page.c0, page.c1, page.c2, page.c3, page.c4, page.c5
FROM (SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       uuid_send(s0t1.id) AS c2,
       array((SELECT row(uuid_send(s1.id), uuid_send(s1e.id)) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= '2305' AND s1.region < '2305:' AND s1e.household_id = s0t1.id AND s1e.region >= '2305' AND s1e.region < '2305:' ORDER BY s1.id ASC, s1e.id ASC
 LIMIT $1::INTEGER + 1)) AS c3,
       (SELECT count(*) AS count_1
FROM household_member AS s2e JOIN person AS s2 ON s2e.person_id = s2.id
WHERE s2.region >= '2305' AND s2.region < '2305:' AND s2e.household_id = s0t1.id AND s2e.region >= '2305' AND s2e.region < '2305:') AS c4,
       convert_to(($2::VARCHAR || CAST(s0.id AS TEXT)) || $3::VARCHAR, 'UTF8') AS c5
FROM recipient AS s0 LEFT OUTER JOIN household AS s0t1 ON s0t1.id = s0.household_id AND s0t1.region >= '2305' AND s0t1.region < '2305:'
WHERE s0.region >= '2305' AND s0.region < '2305:' ORDER BY s0.id ASC
 LIMIT 128) AS page
 LIMIT $4::INTEGER + 1
-- $1 from recipients.nodes.household.members.first
-- $2: '"id":"Recipient:'
-- $3: '"'
-- $4 from recipients.first
