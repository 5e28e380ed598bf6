-- statement 0
SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       uuid_send(s0t1.id) AS c2,
       convert_to((SELECT ($1::VARCHAR || coalesce(string_agg(anon_2.j0, ','), '')) || $2::VARCHAR AS anon_1
FROM (SELECT ((($3::VARCHAR || CAST(s1.id AS TEXT)) || ($4::VARCHAR || CAST(s1.outcome AS TEXT))) || (($5::VARCHAR || CASE WHEN isfinite(s1.checked_at) THEN CASE WHEN (date_trunc('second', s1.checked_at) = s1.checked_at) THEN to_char(s1.checked_at, 'YYYY-MM-DD"T"HH24:MI:SS') ELSE to_char(s1.checked_at, 'YYYY-MM-DD"T"HH24:MI:SS.US') END WHEN (s1.checked_at > '1970-01-01') THEN '9999-12-31T23:59:59.999999' WHEN (s1.checked_at < '1970-01-01') THEN '0001-01-01T00:00:00' END) || ($6::VARCHAR || CASE WHEN (s1t1.id IS NOT NULL) THEN (($7::VARCHAR || coalesce(CAST(s1t1.size AS TEXT), 'null')) || ($8::VARCHAR || coalesce(($9::VARCHAR || CAST(s1t1.region AS TEXT)) || $10::VARCHAR, 'null'))) || $11::VARCHAR ELSE 'null' END))) || $12::VARCHAR AS j0
FROM means_check AS s1 LEFT OUTER JOIN household AS s1t1 ON s1t1.id = s1.household_id AND s1t1.region >= '2305' AND s1t1.region < '2305:'
WHERE s1.region >= '230502' AND s1.region < '230502:' AND s1.household_id = s0t1.id ORDER BY s1.checked_at DESC, s1.id DESC
 LIMIT 2) AS anon_2), 'UTF8') AS c3,
       convert_to(($13::VARCHAR || CAST(s0t1.id AS TEXT)) || ($14::VARCHAR || coalesce(CAST(s0t1.size AS TEXT), 'null')), 'UTF8') AS c4
FROM recipient AS s0 LEFT OUTER JOIN household AS s0t1 ON s0t1.id = s0.household_id AND s0t1.region >= '2305' AND s0t1.region < '2305:'
WHERE s0.region >= '2305' AND s0.region < '2305:' ORDER BY s0.id ASC
 LIMIT 3
-- $1: '{"__typename":"MeansCheckConnection","edges":['
-- $2: ']}'
-- $3: '\n{"node":{"id":"MeansCheck:'
-- $4: '","outcome":"'
-- $5: '","checkedAt":"'
-- $6: 'Z","household":'
-- $7: '{"size":'
-- $8: ',"region":'
-- $9: '"'
-- $10: '"'
-- $11: '}'
-- $12: '}}'
-- $13: '"id":"Household:'
-- $14: '","size":'
