-- statement 0
SELECT s0.id AS c0,
       s0.person_id AS c1,
       s0.category AS c2,
       s0.status AS c3,
       CAST(CASE WHEN (s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < $2::VARCHAR COLLATE "C") THEN s0.monthly_amount END AS TEXT) AS c4,
       s0.region AS c5,
       s0t1.id AS c6,
       s0t1.name AS c7,
       coalesce(s0t1.region >= $3::VARCHAR COLLATE "C" AND s0t1.region < $4::VARCHAR COLLATE "C", false) AS c8,
       s0t1.id_number AS c9,
       CASE WHEN (s0t1.region >= $5::VARCHAR COLLATE "C" AND s0t1.region < $6::VARCHAR COLLATE "C") THEN s0t1.birth_date END AS c10,
       s0t1.phone AS c11,
       s0t2.id AS c12,
       s0t2.size AS c13,
       s0t2.address AS c14,
       coalesce(s0t2.region >= $7::VARCHAR COLLATE "C" AND s0t2.region < $8::VARCHAR COLLATE "C", false) AS c15,
       array((SELECT row(s1.id, s1e.id, s1.name, coalesce(s1.region >= $9::VARCHAR COLLATE "C" AND s1.region < $10::VARCHAR COLLATE "C", false)) AS row_1
FROM household_member AS s1e JOIN person AS s1 ON s1e.person_id = s1.id
WHERE s1.region >= $11::VARCHAR COLLATE "C" AND s1.region < $12::VARCHAR COLLATE "C" AND s1e.household_id = s0t2.id AND s1e.region >= $13::VARCHAR COLLATE "C" AND s1e.region < $14::VARCHAR COLLATE "C" ORDER BY s1.id ASC, s1e.id ASC
 LIMIT $15::INTEGER + $16::INTEGER)) AS c16,
       array((SELECT row(s2.id, s2.outcome, CAST(s2.checked_at AS TEXT), array((SELECT row(s3.person_id, s3.department, s3.id, s3.kind, s3.value) AS row_3
FROM finding AS s3
WHERE s3.region >= $17::VARCHAR COLLATE "C" AND s3.region < $18::VARCHAR COLLATE "C" AND s3.means_check_id = s2.id ORDER BY s3.id ASC
 LIMIT $19::INTEGER))) AS row_2
FROM means_check AS s2
WHERE s2.region >= $20::VARCHAR COLLATE "C" AND s2.region < $21::VARCHAR COLLATE "C" AND s2.household_id = s0t2.id ORDER BY s2.id ASC
 LIMIT $22::INTEGER + $23::INTEGER)) AS c17
FROM recipient AS s0 LEFT OUTER JOIN person AS s0t1 ON s0t1.id = s0.person_id AND s0t1.region >= $24::VARCHAR COLLATE "C" AND s0t1.region < $25::VARCHAR COLLATE "C" LEFT OUTER JOIN household AS s0t2 ON s0t2.id = s0.household_id AND s0t2.region >= $26::VARCHAR COLLATE "C" AND s0t2.region < $27::VARCHAR COLLATE "C"
WHERE s0.region >= $28::VARCHAR COLLATE "C" AND s0.region < $29::VARCHAR COLLATE "C" AND s0.region >= $30::VARCHAR COLLATE "C" AND s0.region < ($30::VARCHAR COLLATE "C" || $31::VARCHAR) ORDER BY s0.id ASC
 LIMIT $32::INTEGER + $33::INTEGER
-- $1: '230502'
-- $2: '230502:'
-- $3: '230502'
-- $4: '230502:'
-- $5: '230502'
-- $6: '230502:'
-- $7: '230502'
-- $8: '230502:'
-- $9: '230502'
-- $10: '230502:'
-- $11: '2305'
-- $12: '2305:'
-- $13: '2305'
-- $14: '2305:'
-- $15 from recipients.edges.node.household.members.first
-- $16: 1
-- $17: '230502'
-- $18: '230502:'
-- $19: 100
-- $20: '230502'
-- $21: '230502:'
-- $22 from recipients.edges.node.household.meansChecks.first
-- $23: 1
-- $24: '2305'
-- $25: '2305:'
-- $26: '2305'
-- $27: '2305:'
-- $28: '2305'
-- $29: '2305:'
-- $30 from Recipient.region.within
-- $31: ':'
-- $32 from recipients.first
-- $33: 1
-- CONDITIONAL recipients.edges.node.monthlyAmount: civil-affairs-own-divisions permits read of Recipient.monthly_amount to civil-affairs for purpose assistance-review where region is known and region within 230502 (civil-affairs-own-divisions)
-- CONDITIONAL recipients.edges.node.person.name: civil-affairs-prefecture-masked permits readMasked of Person.name to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL recipients.edges.node.person.idNumber: civil-affairs-prefecture-masked permits readMasked of Person.id_number to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL recipients.edges.node.person.birthDate: civil-affairs-own-divisions permits read of Person.birth_date to civil-affairs for purpose assistance-review where region is known and region within 230502 (civil-affairs-own-divisions)
-- CONDITIONAL recipients.edges.node.person.phone: civil-affairs-prefecture-masked permits readMasked of Person.phone to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL recipients.edges.node.household.address: civil-affairs-prefecture-masked permits readMasked of Household.address to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
-- CONDITIONAL recipients.edges.node.household.members.edges.node.name: civil-affairs-prefecture-masked permits readMasked of Person.name to civil-affairs for purpose assistance-review where region is known and region within 2305 (civil-affairs-own-divisions, civil-affairs-prefecture-masked)
