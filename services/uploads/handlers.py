from typing import Any

from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler

from services.uploads import BYTES_AT_MOST


class LimitedUploadHandler(TemporaryFileUploadHandler):
    """What is larger than a file may be is read past, not written down: the page then finds no file, and says why."""

    def receive_data_chunk(self, raw_data: Any, start: int) -> Any:
        if start + len(raw_data) > BYTES_AT_MOST:
            self.file.close()
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)
