"""Pages and JSON are sent compressed and padded; files are sent as they are."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse
from django.test import RequestFactory

from portal.core.lib.middleware import CompressMiddleware

TEXT = "学校" * 500


def sent(response):
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
    return CompressMiddleware(lambda _: response)(request)


@pytest.mark.parametrize("make", [lambda: HttpResponse(TEXT), lambda: JsonResponse({"text": TEXT})])
def test_pages_and_json_are_compressed_to_lengths_that_vary(make) -> None:
    answers = [sent(make()) for _ in range(30)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 1
    assert gzip.decompress(answers[0].content) == make().content
    assert "Accept-Encoding" in answers[0].headers["Vary"]


def test_files_are_sent_as_they_are(tmp_path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF" * 500)
    with path.open("rb") as file:
        answer = sent(FileResponse(file))
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == "2000"
    assert "Content-Encoding" not in sent(HttpResponse(b"PK" * 500, content_type="application/zip")).headers


def test_a_page_of_the_portal_is_compressed(cast, sign_in) -> None:
    answer = sign_in(cast.admin).get("/", headers={"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "工作台" in gzip.decompress(answer.content).decode()
