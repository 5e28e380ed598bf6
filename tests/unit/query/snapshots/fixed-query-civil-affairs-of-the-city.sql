-- statement 0
SELECT s0.id AS c0,
       s0.person_id AS c1,
       s0.category AS c2,
       s0.status AS c3,
       CAST(s0.monthly_amount AS TEXT) AS c4,
       s0.region AS c5,
       s0t1.id AS c6,
       s0t1.name AS c7,
       s0t1.id_number AS c8,
       s0t1.birth_date AS c9,
       s0t1.phone AS c10,
       s0t2.id AS c11,
       s0t2.size AS c12,
       s0t2.address AS c13,
       array((SELECT row(s1.id, s1e.id, s1.name) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= '2305' AND s1.region < '2305:' AND s1e.household_id = s0t2.id AND s1e.region >= '2305' AND s1e.region < '2305:' ORDER BY s1.id ASC, s1e.id ASC
 LIMIT 11)) AS c14,
       array((SELECT row(s2.id, s2.outcome, CAST(s2.checked_at AS TEXT), array((SELECT row(s3.person_id, s3.department, s3.id, s3.kind, s3.value) AS row_3
FROM finding AS s3
WHERE s3.region >= '2305' AND s3.region < '2305:' AND s3.means_check_id = s2.id ORDER BY s3.id ASC
 LIMIT 100))) AS row_2
FROM means_check AS s2
WHERE s2.region >= '2305' AND s2.region < '2305:' AND s2.household_id = s0t2.id ORDER BY s2.id ASC
 LIMIT 3)) AS c15
FROM recipient AS s0 LEFT OUTER JOIN person AS s0t1 ON s0t1.id = s0.person_id AND s0t1.region >= '2305' AND s0t1.region < '2305:' LEFT OUTER JOIN household AS s0t2 ON s0t2.id = s0.household_id AND s0t2.region >= '2305' AND s0t2.region < '2305:'
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < ($1::VARCHAR COLLATE "C" || ':') ORDER BY s0.id ASC
 LIMIT 4
-- $1 from Recipient.region.within
