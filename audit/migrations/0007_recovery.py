from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0005_accounts_searched'),
    ]

    operations = [
        migrations.AlterField(
            model_name='entry',
            name='event',
            field=models.CharField(choices=[('registration_started', 'Registration started'), ('registration_finished', 'Registration finished'), ('mobile_changed', 'Mobile number changed'), ('mobile_taken_over', 'Mobile number moved to another account'), ('code_sent', 'Code sent'), ('code_wrong', 'Wrong code typed'), ('password_accepted', 'Password accepted'), ('password_refused', 'Password refused'), ('signed_in', 'Signed in'), ('signed_out', 'Signed out'), ('language_changed', 'Language changed'), ('claim_voided', 'Claim voided by another activation'), ('claim_expired', 'Claim expired'), ('account_activated', 'Account activated'), ('case_opened', 'Activation case opened'), ('attempt_begun', 'Activation attempt begun'), ('case_found', 'Case looked up by an officer'), ('case_viewed', 'Case viewed by an officer'), ('identity_confirmed', 'Identity confirmed by an officer'), ('identity_differed', 'Identity differed, second officer asked'), ('activation_refused', 'Activation refused by an officer'), ('fingerprint_recorded', 'Fingerprint recorded'), ('person_viewed', 'Register record viewed'), ('register_searched', 'Register searched by an officer'), ('accounts_searched', 'Accounts searched by an officer'), ('account_viewed', 'Account viewed by an officer'), ('officer_signed_in', 'Officer signed in'), ('officer_changed', "Officer's account changed"), ('register_imported', 'Register imported'), ('sms_ceiling_lifted', 'Daily ceiling of messages lifted'), ('messages_searched', 'Messages searched by an officer'), ('text_answered', 'Text message from the person answered'), ('account_paused', 'Account paused by its holder'), ('recovery_answered', 'Question of a recovery answered'), ('recovery_refused', 'Question of a recovery answered wrongly'), ('account_recovered', 'Username shown after a recovery'), ('password_changed', 'Password changed')], max_length=40, verbose_name='event'),
        ),
    ]
