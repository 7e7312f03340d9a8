from datetime import date

from registry.models import Person


def record_fingerprint(person: Person, *, on: date) -> bool:
    """Marks the fingerprint of a living person as on file. False when it already was: of two officers one records it.
    The caller writes the audit entry in its transaction."""
    unrecorded = Person.objects.living().without_fingerprint().filter(pk=person.pk)
    return bool(unrecorded.update(fingerprint_on_file=True, fingerprint_on=on))
