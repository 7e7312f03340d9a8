"""Files of requests in an S3-compatible storage, in place of a folder. Neither is served: the portal reads a file for those who
may see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

# A page waits for these. The newer checksums are unknown to many storages that speak S3.
_CALLS: dict[str, Any] = {
    "signature_version": "s3v4",
    "connect_timeout": 3,
    "read_timeout": 10,
    "retries": {"mode": "standard", "max_attempts": 2},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class AttachmentsInS3(S3Storage):
    """What goes wrong on the way there is an OSError, as on a disk. The bucket is private; nothing in it gets an address."""

    default_acl = None
    # Names are random (services.models.new_stored_name), so nobody asks first whether one is free.
    file_overwrite = True

    def __init__(self, **settings: Any) -> None:
        style = "path" if settings.get("endpoint_url") else "virtual"
        super().__init__(client_config=Config(**_CALLS, s3={"addressing_style": style}), **settings)

    def url(self, *args: Any, **kwargs: Any) -> str:
        raise NotImplementedError("Files of requests have no address.")

    def _save(self, name: str, content: Any) -> str:
        with _as_os_errors():
            return str(super()._save(name, content))

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _as_os_errors():
            file = super()._open(name, mode)
            file.file  # noqa: B018 – fetched here, so that what goes wrong does so here
            return file

    def delete(self, name: str) -> None:
        with _as_os_errors():
            super().delete(name)

    def problem(self) -> str:
        """What keeps the portal from using the bucket; empty when nothing does."""
        try:
            self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except (BotoCoreError, ClientError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return ""


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error
