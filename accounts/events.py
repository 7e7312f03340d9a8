"""What the rooms above hear of."""

from django.dispatch import Signal

# An account whose person was proven is no longer activated: its holder paused it, or its mobile moved to another account.
# Carries `user`; sent in the transaction of the act.
activation_ended = Signal()
# A person has died, and this account of theirs, proven or not, has ended. Carries `user`; sent in the transaction of the act.
account_ended = Signal()
