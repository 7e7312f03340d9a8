"""What is before a cut, and was written 548 days ago or earlier, can be removed; the database still refuses all else."""

import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_FUNCTION = """
CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_seal bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_entry' THEN
        IF OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL THEN
            new_seal := NEW.seal_id;
            NEW.seal_id := NULL;
            IF NEW IS NOT DISTINCT FROM OLD THEN
                NEW.seal_id := new_seal;
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    %s
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'restrict_violation';
END
$$;
"""
_MAY_GO = """
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_entry' THEN
        IF OLD.at < STATEMENT_TIMESTAMP() - INTERVAL '548 days'
                AND OLD.seal_id <= (SELECT MAX(number) FROM audit_cut) THEN
            RETURN OLD;
        END IF;
    END IF;
    IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_seal' THEN
        IF OLD.sealed_at < STATEMENT_TIMESTAMP() - INTERVAL '548 days'
                AND OLD.number <= (SELECT MAX(number) FROM audit_cut) THEN
            RETURN OLD;
        END IF;
    END IF;
"""
_POSTGRESQL = f"""
{_FUNCTION % _MAY_GO}
CREATE TRIGGER audit_cut_is_append_only BEFORE UPDATE OR DELETE ON audit_cut
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""
_POSTGRESQL_BACK = f"DROP TRIGGER audit_cut_is_append_only ON audit_cut; {_FUNCTION % ''}"
_SQLITE = """
CREATE TRIGGER audit_cut_is_append_only BEFORE UPDATE ON audit_cut
BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
"""
_SQLITE_BACK = "DROP TRIGGER audit_cut_is_append_only"


def _let_go(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(_POSTGRESQL if is_postgresql else _SQLITE, params=None)


def _keep_all(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(_POSTGRESQL_BACK if is_postgresql else _SQLITE_BACK, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0008_events_of_channels_and_requests'),
    ]

    operations = [
        migrations.CreateModel(
            name='Cut',
            fields=[
                ('number', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('chain', models.CharField(max_length=64)),
                ('sealed_at', models.DateTimeField()),
                ('cut_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'cut of the audit trail',
                'verbose_name_plural': 'cuts of the audit trail',
            },
        ),
        migrations.RunPython(_let_go, _keep_all),
        migrations.AlterField(
            model_name='entry',
            name='event',
            field=models.CharField(choices=[('registration_started', 'Registration started'), ('registration_finished', 'Registration finished'), ('mobile_changed', 'Mobile number changed'), ('mobile_change_asked', 'Another mobile number asked for, the old one being lost'), ('mobile_change_proven', 'Change of mobile number proven, to be done after a notice'), ('mobile_change_withdrawn', 'Change of mobile number withdrawn'), ('mobile_taken_over', 'Mobile number moved to another account'), ('code_sent', 'Code sent'), ('code_wrong', 'Wrong code typed'), ('password_accepted', 'Password accepted'), ('password_refused', 'Password refused'), ('signed_in', 'Signed in'), ('nafath_asked', 'Confirmation asked for in the Nafath app'), ('nafath_rejected', 'Rejected in the Nafath app'), ('signed_out', 'Signed out'), ('language_changed', 'Language changed'), ('claim_voided', 'Claim voided by another activation'), ('claim_expired', 'Claim expired'), ('account_activated', 'Account activated'), ('case_opened', 'Activation case opened'), ('attempt_begun', 'Activation attempt begun'), ('case_found', 'Case looked up by an officer'), ('case_viewed', 'Case viewed by an officer'), ('identity_confirmed', 'Identity confirmed by an officer'), ('identity_differed', 'Identity differed, second officer asked'), ('activation_refused', 'Activation refused by an officer'), ('channel_outage_announced', 'Outage of an activation channel announced or changed'), ('fingerprint_recorded', 'Fingerprint recorded'), ('person_viewed', 'Register record viewed'), ('register_searched', 'Register searched by an officer'), ('accounts_searched', 'Accounts searched by an officer'), ('account_viewed', 'Account viewed by an officer'), ('officer_signed_in', 'Officer signed in'), ('officer_changed', "Officer's account changed"), ('register_imported', 'Register imported'), ('sms_ceiling_lifted', 'Daily ceiling of messages lifted'), ('messages_searched', 'Messages searched by an officer'), ('text_answered', 'Text message from the person answered'), ('account_paused', 'Account paused by its holder'), ('request_submitted', 'Request submitted'), ('request_withdrawn', 'Request withdrawn'), ('request_answered', 'Returned request answered'), ('request_taken', 'Request taken by an officer'), ('request_released', 'Request released by an officer'), ('request_viewed', 'Request viewed by an officer'), ('request_returned', 'Request returned to the applicant'), ('request_approved', 'Request approved'), ('request_rejected', 'Request rejected'), ('kiosk_served', 'Served at a kiosk'), ('partner_admitted', 'Partner admitted'), ('partner_changed', 'Partner changed'), ('partner_key_added', "Partner's key registered"), ('partner_key_revoked', "Partner's key revoked"), ('person_looked_up', 'Person looked up by a partner'), ('webhooks_replayed', 'Partner told again what happened'), ('device_saved', "Partner's device registered or changed"), ('recovery_answered', 'Question of a recovery answered'), ('recovery_refused', 'Question of a recovery answered wrongly'), ('trail_cut', 'Entries of the audit trail removed after their keep'), ('account_recovered', 'Username shown after a recovery'), ('password_changed', 'Password changed'), ('visit_booked', 'Visit booked'), ('visit_moved', 'Visit moved to another time'), ('visit_cancelled', 'Visit cancelled'), ('visit_called_off', 'Visit called off because the branch is closed'), ('visit_missed', 'Visit marked as missed by an officer'), ('branch_changed', 'Branch or its hours of visits changed'), ('day_closed', 'Day closed for visits'), ('day_reopened', 'Closed day opened again'), ('email_changed', 'Email address changed'), ('re_proving_begun', 'Came back to be proven again')], max_length=40, verbose_name='event'),
        ),
    ]
