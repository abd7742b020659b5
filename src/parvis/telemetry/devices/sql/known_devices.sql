-- What ingestion needs of the devices of a batch, in one probe of the unique index per EUI.
SELECT d.eui, d.id, d.is_active, d.organisation_id, d.entity_id, d.entity_since, d.session, d.session_started_at, d.f_cnt, d.f_cnt_at,
       p.id, p.version, p.codec_id, c.kind, c.quarantine
FROM devices_device d
LEFT JOIN devices_deviceprofile p ON p.id = d.profile_id
LEFT JOIN devices_codec c ON c.id = p.codec_id
WHERE d.eui = ANY(%(euis)s::text[])
