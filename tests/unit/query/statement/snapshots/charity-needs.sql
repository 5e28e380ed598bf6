-- statement 0
SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       convert_to((($1::VARCHAR || CAST(s0.kind AS TEXT)) || ($2::VARCHAR || coalesce(($3::VARCHAR || CAST(s0.urgency AS TEXT)) || $4::VARCHAR, 'null'))) || (($5::VARCHAR || coalesce(($6::VARCHAR || CAST(s0.region AS TEXT)) || $7::VARCHAR, 'null')) || $8::VARCHAR), 'UTF8') AS c2
FROM need AS s0
WHERE (s0.consented @> (now() AT TIME ZONE 'Asia/Shanghai')::date) = true AND s0.status = 'OPEN' AND s0.region >= '2305' AND s0.region < '2305:' ORDER BY s0.id ASC
 LIMIT 21
-- $1: '"kind":"'
-- $2: '","urgency":'
-- $3: '"'
-- $4: '"'
-- $5: ',"region":'
-- $6: '"'
-- $7: '"'
-- $8: ',"description":null'
-- WITHHELD needs.nodes.description: no policy permits read of Need.description to charity for purpose charity-matching ()
