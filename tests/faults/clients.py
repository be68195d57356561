"""People who go on writing whatever happens to the server, and note every write in the ledger."""

import io
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from uuid import uuid4

import requests
from PIL import Image

from tests.faults.ledger import Ledger
from tests.processes import PATIENCE

PAUSE = 0.2
# Each of two people types into a field of their own.
FIELDS = {"reporter_a": "pupils_primary", "principal_a": "boarders_primary"}
# Reset, refused, cut off in mid-answer, or answered with 5xx: whether the write was done is not known.
UNKNOWN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class Person(threading.Thread):
    """Signs in and writes one thing after the other, each sent again until the server has said yes."""

    def __init__(
        self, address: str, login: tuple[str, str], ledger: Ledger, write: Callable[["Person", int], None], first: int
    ) -> None:
        super().__init__(name=f"{login[0]}-{write.__name__}", daemon=True)
        self.first = first
        self.address, self.login, self.ledger, self.write = address, login, ledger, write
        self.session, self.version = requests.Session(), 0
        self.acknowledged, self.failure = 0, ""
        self._leave = threading.Event()

    def run(self) -> None:
        """Write until asked to stop; the write that is on its way is brought to its end."""
        try:
            self.sign_in()
            for number in count(self.first):
                if self._leave.is_set():
                    return
                self.write(self, number)
                self.acknowledged += 1
        except Exception as error:
            self.failure = f"{self.name}: {error!r}"

    def leave(self) -> None:
        """Ask the person to leave after the write that is on its way."""
        self._leave.set()

    def stop(self) -> None:
        """Let the person finish and leave. Raises AssertionError when something unexpected was answered."""
        self._leave.set()
        self.join(PATIENCE + 20)
        assert not self.is_alive(), f"{self.name} waits for an answer"
        assert not self.failure, self.failure

    def sign_in(self) -> None:
        """Sign in as the login page does."""
        self.session.get(f"{self.address}/login/", timeout=20)
        username, password = self.login
        answer = self.post("/login/", data={"username": username, "password": password})
        assert answer.json()["location"] == "/", answer.text

    def post(self, path: str, **content: object) -> requests.Response:
        """Send until there is an answer below 500. Raises TimeoutError when PATIENCE seconds bring none."""
        until, said = time.monotonic() + PATIENCE, ""
        while time.monotonic() < until:
            try:
                answer = self.session.post(
                    f"{self.address}{path}",
                    timeout=20,
                    allow_redirects=False,
                    headers={"X-CSRFToken": self.session.cookies["csrf"], "Accept": "application/json"},
                    **content,
                )
                if answer.status_code < 500:
                    return answer
                said = answer.text
            except UNKNOWN as error:
                said = repr(error)
            time.sleep(PAUSE)
        raise TimeoutError(f"{path}: {said}")


def saves(field: str, submission: int) -> Callable[[Person, int], None]:
    """Return a write that types the next number into a field."""

    def save(person: Person, number: int) -> None:
        key = f"save {field}={number}"
        person.ledger.sent(key)
        fields = {"fields": {field: {"value": str(number), "version": person.version}}}
        answer = person.post(f"/submissions/{submission}/save/", json=fields)
        if answer.status_code == 409:  # this person's earlier self wrote last: keep mine
            fields["fields"][field]["version"] = answer.json()["stale"][field]["version"]
            answer = person.post(f"/submissions/{submission}/save/", json=fields)
        assert answer.status_code == 200, answer.text
        person.version = answer.json()["saved"][field]["version"]
        person.ledger.done(key)

    return save


def registers(school: int) -> Callable[[Person, int], None]:
    """Return a write that registers a finding."""

    def register(person: Person, number: int) -> None:
        key = f"finding {number}"
        person.ledger.sent(key)
        answer = person.post(
            "/findings/new/",
            data={
                "form_key": str(uuid4()),
                "school": school,
                "source": "ZP",
                "indicator": "A7",
                "problem": key,
                "requirement": "补齐",
                "despite": "逐处登记",
                "category": "with_deadline",
                "due_on": str(date.today() + timedelta(days=30)),
            },
        )
        assert answer.status_code == 200, answer.text[-3000:]
        assert answer.json()["location"], answer.text
        person.ledger.done(key)

    return register


def attaches(submission: int) -> Callable[[Person, int], None]:
    """Return a write that uploads a picture nobody else has."""

    def attach(person: Person, number: int) -> None:
        key, drawn = f"file {number}", io.BytesIO()
        Image.new("RGB", (8, 8), (number % 256, number // 256, 7)).save(drawn, "PNG")
        person.ledger.sent(key)
        answer = person.post(
            f"/submissions/{submission}/evidence/teaching_area/attach/",
            data={"caption": key},
            files={"file": (f"{key}.png", drawn.getvalue())},
        )
        assert answer.status_code == 200, answer.text
        person.ledger.done(key)

    return attach
