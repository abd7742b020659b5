-- What enabled rules look at; asked in every transaction that writes.
SELECT DISTINCT entity_type, attribute FROM supervision_rule WHERE enabled
