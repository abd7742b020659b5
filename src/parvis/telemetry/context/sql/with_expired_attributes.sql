-- Things with an attribute past its `expiresAt`, by their ids. All are looked at: few deployments have any, and an index would cost each write.
SELECT id, tenant_id, urn
FROM context_entity
WHERE id > %(after)s
  AND jsonb_path_exists(attributes, '$.*[*].expiresAt ? (@ <= $now)', jsonb_build_object('now', %(now)s::text))
ORDER BY id
LIMIT %(most)s
