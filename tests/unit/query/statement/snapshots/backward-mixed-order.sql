-- statement 0
SELECT CAST(s0.monthly_amount AS TEXT) AS c0,
       s0.approved_on AS c1,
       uuid_send(s0.id) AS c2,
       uuid_send(s0.person_id) AS c3
FROM recipient AS s0
WHERE s0.region >= '2305' AND s0.region < '2305:' AND s0.region >= '230502' AND s0.region < '230502:' AND (s0.monthly_amount > $1::NUMERIC(14, 2) OR $1::NUMERIC(14, 2) IS NULL AND s0.monthly_amount IS NOT NULL OR s0.monthly_amount IS NOT DISTINCT FROM $1::NUMERIC(14, 2) AND (s0.approved_on < $2::DATE OR $2::DATE IS NULL AND s0.approved_on IS NOT NULL) OR s0.monthly_amount IS NOT DISTINCT FROM $1::NUMERIC(14, 2) AND s0.approved_on IS NOT DISTINCT FROM $2::DATE AND s0.id < $3::UUID) ORDER BY s0.monthly_amount ASC NULLS FIRST, s0.approved_on DESC, s0.id DESC
 LIMIT 6
-- $1 from recipients.before
-- $2 from recipients.before
-- $3 from recipients.before
