from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_accounts_can_be_paused'),
    ]

    operations = [
        migrations.AlterField(
            model_name='onetimecode',
            name='purpose',
            field=models.CharField(choices=[('registration', 'Registration'), ('login', 'Sign-in'), ('recovery', 'Recovery')], max_length=20),
        ),
    ]
