import pytest

from partners.models import PartnerKey
from tests.programs import Program


@pytest.fixture
def key(program: Program) -> PartnerKey:
    """The bank's live key."""
    return PartnerKey.objects.get(keyid=program.keyid)
