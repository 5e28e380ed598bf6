-- statement 0
SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       uuid_send(s0t1.id) AS c2,
       s0t1.name AS c3,
       s0t1.id_number AS c4,
       uuid_send(s0t2.id) AS c5,
       array((SELECT row(uuid_send(s1.id), uuid_send(s1e.id), s1.name) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= '2305' AND s1.region < '2305:' AND s1e.household_id = s0t2.id AND s1e.region >= '2305' AND s1e.region < '2305:' ORDER BY s1.id ASC, s1e.id ASC
 LIMIT 11)) AS c6,
       array((SELECT row(uuid_send(s2.id), array((SELECT row(uuid_send(s3.person_id), uuid_send(s3.id), s3.value, convert_to((($1::VARCHAR || CAST(s3.department AS TEXT)) || ($2::VARCHAR || CAST(s3.kind AS TEXT))) || $3::VARCHAR, 'UTF8')) AS row_3
FROM finding AS s3
WHERE s3.department = 'SOCIAL_SECURITY' AND s3.region >= '2305' AND s3.region < '2305:' AND s3.means_check_id = s2.id ORDER BY s3.id ASC
 LIMIT 100)), convert_to((($4::VARCHAR || CAST(s2.outcome AS TEXT)) || ($5::VARCHAR || CASE WHEN isfinite(s2.checked_at) THEN CASE WHEN (date_trunc('second', s2.checked_at) = s2.checked_at) THEN to_char(s2.checked_at, 'YYYY-MM-DD"T"HH24:MI:SS') ELSE to_char(s2.checked_at, 'YYYY-MM-DD"T"HH24:MI:SS.US') END WHEN (s2.checked_at > '1970-01-01') THEN '9999-12-31T23:59:59.999999' WHEN (s2.checked_at < '1970-01-01') THEN '0001-01-01T00:00:00' END)) || $6::VARCHAR, 'UTF8')) AS row_2
FROM means_check AS s2
WHERE s2.region >= '2305' AND s2.region < '2305:' AND s2.household_id = s0t2.id ORDER BY s2.id ASC
 LIMIT 3)) AS c7,
       convert_to(((($7::VARCHAR || CAST(s0.id AS TEXT)) || ($8::VARCHAR || CAST(s0.category AS TEXT))) || (($9::VARCHAR || CAST(s0.status AS TEXT)) || ($10::VARCHAR || coalesce(($11::VARCHAR || CAST(s0.monthly_amount AS TEXT)) || $12::VARCHAR, 'null')))) || ($13::VARCHAR || coalesce(($14::VARCHAR || CAST(s0.region AS TEXT)) || $15::VARCHAR, 'null')), 'UTF8') AS c8,
       convert_to((($16::VARCHAR || CAST(s0t2.id AS TEXT)) || ($17::VARCHAR || coalesce(CAST(s0t2.size AS TEXT), 'null'))) || $18::VARCHAR, 'UTF8') AS c9
FROM recipient AS s0 LEFT OUTER JOIN person AS s0t1 ON s0t1.id = s0.person_id AND s0t1.region >= '2305' AND s0t1.region < '2305:' LEFT OUTER JOIN household AS s0t2 ON s0t2.id = s0.household_id AND s0t2.region >= '2305' AND s0t2.region < '2305:'
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.region >= $19::VARCHAR COLLATE "C" AND s0.region < ($19::VARCHAR COLLATE "C" || ':') ORDER BY s0.id ASC
 LIMIT 4
-- $1: '"department":"'
-- $2: '","kind":"'
-- $3: '"'
-- $4: '"outcome":"'
-- $5: '","checkedAt":"'
-- $6: 'Z"'
-- $7: '"id":"Recipient:'
-- $8: '","category":"'
-- $9: '","status":"'
-- $10: '","monthlyAmount":'
-- $11: '"'
-- $12: '"'
-- $13: ',"region":'
-- $14: '"'
-- $15: '"'
-- $16: '"id":"Household:'
-- $17: '","size":'
-- $18: ',"address":null'
-- $19 from Recipient.region.within
-- MASKED recipients.edges.node.person.name: social-security-people-masked permits readMasked of Person.name to social-security for purpose means-check where region is known and region within 2305 (social-security-people-masked)
-- MASKED recipients.edges.node.person.idNumber: social-security-people-masked permits readMasked of Person.id_number to social-security for purpose means-check where region is known and region within 2305 (social-security-people-masked)
-- WITHHELD recipients.edges.node.person.birthDate: no policy permits read of Person.birth_date to social-security for purpose means-check ()
-- WITHHELD recipients.edges.node.person.phone: no policy permits read of Person.phone to social-security for purpose means-check ()
-- WITHHELD recipients.edges.node.household.address: no policy permits read of Household.address to social-security for purpose means-check ()
-- MASKED recipients.edges.node.household.members.edges.node.name: social-security-people-masked permits readMasked of Person.name to social-security for purpose means-check where region is known and region within 2305 (social-security-people-masked)
