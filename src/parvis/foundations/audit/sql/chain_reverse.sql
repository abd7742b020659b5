DROP TRIGGER audit_head_no_truncate ON audit_head;
DROP TRIGGER audit_head_guard ON audit_head;
DROP TRIGGER audit_entry_seal ON audit_entry;
DROP TRIGGER audit_entry_no_truncate ON audit_entry;
DROP TRIGGER audit_entry_guard ON audit_entry;
DROP FUNCTION audit_guard_head();
DROP FUNCTION audit_guard_entry();
DROP FUNCTION audit_seal();
DROP FUNCTION audit_canonical(bigint, timestamptz, text, text, text, text, text, text);
