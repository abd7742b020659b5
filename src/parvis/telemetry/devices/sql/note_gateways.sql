-- Gateways that were heard, in the order of their numbers; to the minute, as for sources.
INSERT INTO devices_gateway AS g (number, name, organisation_id, created_at, last_seen_at)
SELECT number, '', organisation_id, %(now)s, %(now)s FROM unnest(%(numbers)s::text[], %(organisations)s::bigint[]) AS n(number, organisation_id)
ON CONFLICT (number) DO UPDATE SET last_seen_at = excluded.last_seen_at WHERE g.last_seen_at < excluded.last_seen_at - interval '30 seconds'
