"""Whether a cause is open follows the state of its intervention, so that the unique constraint cannot be lied to."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION interventions_cause_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE interventions_cause SET is_open = NEW.state IN ('open', 'assigned', 'in_progress')
    WHERE intervention_id = NEW.id AND is_open <> (NEW.state IN ('open', 'assigned', 'in_progress'));
    RETURN NULL;
END $$;
CREATE TRIGGER interventions_cause_follows AFTER UPDATE OF state ON interventions_intervention
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION interventions_cause_follows();

CREATE FUNCTION interventions_cause_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT state IN ('open', 'assigned', 'in_progress') INTO NEW.is_open
    FROM interventions_intervention WHERE id = NEW.intervention_id;
    RETURN NEW;
END $$;
CREATE TRIGGER interventions_cause_begins BEFORE INSERT OR UPDATE OF intervention_id ON interventions_cause
FOR EACH ROW EXECUTE FUNCTION interventions_cause_begins();
"""

REVERSE = """
DROP TRIGGER interventions_cause_begins ON interventions_cause;
DROP FUNCTION interventions_cause_begins();
DROP TRIGGER interventions_cause_follows ON interventions_intervention;
DROP FUNCTION interventions_cause_follows();
"""


class Migration(migrations.Migration):
    dependencies = [("interventions", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, REVERSE)]
