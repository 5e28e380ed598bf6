-- statement 0
SELECT uuid_send(s0.id) AS c0,
       uuid_send(s0.person_id) AS c1,
       convert_to((($1::VARCHAR || CAST(s0.kind AS TEXT)) || ($2::VARCHAR || CAST(s0.urgent AS TEXT))) || (($3::VARCHAR || coalesce(($4::VARCHAR || CAST(s0.county AS TEXT)) || $5::VARCHAR, 'null')) || $6::VARCHAR), 'UTF8') AS c2
FROM need AS s0
WHERE (s0.consented @> (now() AT TIME ZONE 'Asia/Shanghai')::date) = true AND s0.status = 'OPEN' AND s0.region >= '2305' AND s0.region < '2305:' AND (EXISTS (SELECT 1
FROM need AS alike
WHERE alike.county = s0.county AND alike.kind = s0.kind AND alike.urgent = s0.urgent AND alike.status = 'OPEN' AND (alike.consented @> (now() AT TIME ZONE 'Asia/Shanghai')::date) = true
 LIMIT 1 OFFSET 4)) = true ORDER BY s0.id ASC
 LIMIT 21
-- $1: '"kind":"'
-- $2: '","urgent":'
-- $3: ',"county":'
-- $4: '"'
-- $5: '"'
-- $6: ',"region":null,"description":null'
-- WITHHELD needs.nodes.region: no policy permits read of Need.region to charity for purpose charity-matching ()
-- WITHHELD needs.nodes.description: no policy permits read of Need.description to charity for purpose charity-matching ()
