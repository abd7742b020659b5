-- The journal seals itself: an entry is inserted without position nor hash, and receives both when its transaction commits.
-- Sealing at commit keeps the lock for the length of a commit only: a long business transaction never makes others wait for it.

-- One field as a netstring: its length in bytes of UTF-8, a colon, the text, a comma.
CREATE FUNCTION audit_netstring(field text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT octet_length(convert_to(field, 'UTF8')) || ':' || field || ','
$$;

-- The same text as rules.canonical: every field as a netstring.
CREATE FUNCTION audit_canonical(
    position_ bigint, at_ timestamptz, actor_ text, action_ text, urn_ text, right_ text, organisation_ text, details_ text
) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT convert_to(
        audit_netstring(position_::text)
        || audit_netstring(to_char(at_ AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
        || audit_netstring(actor_) || audit_netstring(action_) || audit_netstring(urn_) || audit_netstring(right_)
        || audit_netstring(organisation_) || audit_netstring(details_), 'UTF8')
$$;

-- What a transaction still has to seal: one row, gone before the commit ends. Never seen by another transaction.
CREATE UNLOGGED TABLE audit_sealing (first_entry_id bigint NOT NULL);

-- First step. Deferred foreign keys lock rows; if one did so after the journal is locked, two commits could wait for each other. So
-- this trigger, fired among them, only queues the second one, and PostgreSQL fires what is queued meanwhile after all the rest.
CREATE FUNCTION audit_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM audit_sealing)
        AND EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id AND position IS NULL) THEN
        INSERT INTO audit_sealing VALUES (NEW.id);
    END IF;
    RETURN NULL;
END
$$;

-- Second step: all the entries of the transaction, in the order of their insertion.
CREATE FUNCTION audit_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head audit_head%ROWTYPE;
    entry audit_entry%ROWTYPE;
BEGIN
    DELETE FROM audit_sealing;
    PERFORM pg_advisory_xact_lock(hashtext('parvis.audit'));
    SELECT * INTO head FROM audit_head WHERE id = 1;
    IF NOT FOUND THEN
        IF EXISTS (SELECT 1 FROM audit_entry WHERE position IS NOT NULL) THEN
            RAISE EXCEPTION 'the head of the journal is gone' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        INSERT INTO audit_head (id, position, hash, base_position, base_hash)
        VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, decode(repeat('00', 32), 'hex'))
        RETURNING * INTO head;
    END IF;
    -- Unsealed rows of other transactions are not visible here.
    FOR entry IN SELECT * FROM audit_entry WHERE id >= NEW.first_entry_id AND position IS NULL ORDER BY id LOOP
        head.position := head.position + 1;
        head.hash := sha256(head.hash || audit_canonical(
            head.position, entry.at, entry.actor, entry.action, entry.urn, entry."right", entry.organisation, entry.details
        ));
        UPDATE audit_entry SET position = head.position, hash = head.hash WHERE id = entry.id;
    END LOOP;
    UPDATE audit_head SET position = head.position, hash = head.hash WHERE id = 1;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    CASE TG_OP
    WHEN 'INSERT' THEN
        IF NEW.position IS NULL AND NEW.hash IS NULL THEN
            RETURN NEW;
        END IF;
    WHEN 'UPDATE' THEN
        -- Depth 1 is someone's UPDATE; deeper is audit_seal's.
        IF pg_trigger_depth() > 1 AND OLD.position IS NULL
            AND (OLD.id, OLD.at, OLD.actor, OLD.action, OLD.urn, OLD."right", OLD.organisation, OLD.details)
              = (NEW.id, NEW.at, NEW.actor, NEW.action, NEW.urn, NEW."right", NEW.organisation, NEW.details) THEN
            RETURN NEW;
        END IF;
    WHEN 'DELETE' THEN
        IF OLD.position <= (SELECT base_position FROM audit_head WHERE id = 1) THEN
            RETURN OLD;
        END IF;
    ELSE
    END CASE;
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION audit_guard_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM audit_entry WHERE position IS NOT NULL) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF pg_trigger_depth() > 1 AND (OLD.base_position, OLD.base_hash) = (NEW.base_position, NEW.base_hash) THEN
            RETURN NEW;
        END IF;
        -- A purge: the chain itself must tell it in the same transaction.
        IF (OLD.position, OLD.hash) = (NEW.position, NEW.hash) AND NEW.base_position > OLD.base_position
            AND EXISTS (SELECT 1 FROM audit_entry WHERE position = NEW.base_position AND hash = NEW.base_hash)
            AND EXISTS (
                SELECT 1 FROM audit_entry WHERE position IS NULL AND action = 'journal.purged'
                AND details = format('{"hash":"%s","until":%s}', encode(NEW.base_hash, 'hex'), NEW.base_position)
            ) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the head of the journal moves only with it: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_entry_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_guard_entry();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard_entry();
CREATE CONSTRAINT TRIGGER audit_entry_announce AFTER INSERT ON audit_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_announce();
CREATE CONSTRAINT TRIGGER audit_entry_seal AFTER INSERT ON audit_sealing
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_seal();
CREATE TRIGGER audit_head_guard BEFORE INSERT OR UPDATE OR DELETE ON audit_head
    FOR EACH ROW EXECUTE FUNCTION audit_guard_head();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard_head();
