"""Files of requests in a bucket: a real server that speaks S3, over HTTP."""

import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from accounts.models import User
from services.actions import attachments
from services.catalogue import services
from services.models import Attachment, ServiceRequest
from services.uploads import FileRefused
from tests.cast import sign_in
from tests.services.hostile import image, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def in_bucket(settings: Settings, endpoint: str, bucket: str = "requests") -> None:
    options = {"bucket_name": bucket, "endpoint_url": endpoint, "region_name": "us-east-1"}
    options |= {"access_key": "portal", "secret_key": "secret-of-the-test"}
    stored = {"BACKEND": "services.storage.AttachmentsInS3", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"attachments": stored}


@pytest.fixture
def bucket(endpoint: str, settings: Settings) -> Any:
    in_bucket(settings, endpoint)
    bucket = storages["attachments"].bucket
    bucket.create()
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.fixture
def draft(activated: User) -> ServiceRequest:
    facts = {"service": "register-death", "department": "civil-affairs", "token": "d"}
    return ServiceRequest.objects.create(applicant=activated, **facts)


@pytest.fixture
def paper() -> str:
    return services()["register-death"].documents[0].name


def keys(bucket: Any) -> set[str]:
    return {found.key for found in bucket.objects.all()}


def test_a_file_lies_in_the_bucket_and_reaches_its_owner_through_the_portal_only(
    bucket: Any, draft: ServiceRequest, activated: User, browser: Client, paper: str
) -> None:
    content = pdf()
    attachment = attachments.attach(draft, paper, "a.pdf", content)
    assert keys(bucket) == {attachment.stored_name}
    assert attachment.sha256 == hashlib.sha256(content).hexdigest()
    assert attachment.stored_sha256 == hashlib.sha256(attachments.content_of(attachment)).hexdigest()
    response = sign_in(browser, activated).get(reverse("request_file", args=[draft.number, attachment.pk]))
    assert response.content.startswith(b"%PDF-")
    with pytest.raises(NotImplementedError):
        storages["attachments"].url(attachment.stored_name)


def test_what_is_removed_leaves_the_bucket_with_its_thumbnail(
    bucket: Any, draft: ServiceRequest, paper: str, django_capture_on_commit_callbacks: Any
) -> None:
    attachment = attachments.attach(draft, paper, "a.png", image())
    assert keys(bucket) == {attachment.stored_name, f"{attachment.stored_name}.small"}
    assert attachments.thumbnail_of(attachment).startswith(b"\xff\xd8\xff")
    with django_capture_on_commit_callbacks(execute=True):
        attachments.remove(Attachment.objects.select_related("request").get())
    assert keys(bucket) == set()


def test_without_a_thumbnail_the_image_itself_is_shown(bucket: Any, draft: ServiceRequest, paper: str) -> None:
    attachment = attachments.attach(draft, paper, "a.png", image())
    bucket.Object(f"{attachment.stored_name}.small").delete()
    assert attachments.thumbnail_of(attachment) == attachments.content_of(attachment)


@pytest.mark.parametrize("trouble", ["no such bucket", "nobody listens"])
def test_a_storage_in_trouble_is_told_and_leaves_no_row(
    trouble: str, endpoint: str, settings: Settings, draft: ServiceRequest, paper: str
) -> None:
    if trouble == "nobody listens":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    in_bucket(settings, endpoint, "nowhere")
    with pytest.raises(FileRefused, match="no_room"):
        attachments.attach(draft, paper, "a.png", image())
    assert not Attachment.objects.exists()
    assert [found.id for found in run_checks(include_deployment_checks=True) if found.id == "services.E001"]


def test_a_good_bucket_and_a_good_folder_pass_the_check(bucket: Any, settings: Settings, tmp_path: Any) -> None:
    assert "services.E001" not in {found.id for found in run_checks(include_deployment_checks=True)}
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "new")}}
    settings.STORAGES = settings.STORAGES | {"attachments": folder}
    assert "services.E001" not in {found.id for found in run_checks(include_deployment_checks=True)}
    (tmp_path / "new").write_text("A file lies where the folder should be.")
    assert "services.E001" in {found.id for found in run_checks(include_deployment_checks=True)}


@pytest.mark.parametrize(
    ("chosen", "says"),
    [("s3", "name the bucket in ATTACHMENTS_BUCKET"), ("ftp", "ATTACHMENTS_STORAGE")],
)
def test_a_storage_that_is_not_set_up_stops_the_start(chosen: str, says: str) -> None:
    environment = os.environ | {"DEMO_MODE": "true", "ATTACHMENTS_STORAGE": chosen, "ATTACHMENTS_BUCKET": ""}
    command = [sys.executable, "-c", "import absher_portal.settings"]
    started = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert started.returncode != 0 and says in started.stderr
