-- statement 0
SELECT CAST(s0.monthly_amount AS TEXT) AS c0,
       s0.approved_on AS c1,
       s0.id AS c2
FROM recipient AS s0
WHERE s0.region >= $1::VARCHAR COLLATE "C" AND s0.region < $2::VARCHAR COLLATE "C" AND s0.region >= $3::VARCHAR COLLATE "C" AND s0.region < $4::VARCHAR COLLATE "C" AND (s0.monthly_amount > $5::NUMERIC(14, 2) OR $5::NUMERIC(14, 2) IS NULL AND s0.monthly_amount IS NOT NULL OR s0.monthly_amount IS NOT DISTINCT FROM $5::NUMERIC(14, 2) AND (s0.approved_on < $6::DATE OR $6::DATE IS NULL AND s0.approved_on IS NOT NULL) OR s0.monthly_amount IS NOT DISTINCT FROM $5::NUMERIC(14, 2) AND s0.approved_on IS NOT DISTINCT FROM $6::DATE AND s0.id < $7::UUID) ORDER BY s0.monthly_amount ASC NULLS FIRST, s0.approved_on DESC, s0.id DESC
 LIMIT $8::INTEGER + $9::INTEGER
-- $1: '2305'
-- $2: '2305:'
-- $3: '230502'
-- $4: '230502:'
-- $5 from recipients.before
-- $6 from recipients.before
-- $7 from recipients.before
-- $8 from recipients.last
-- $9: 1
