"""Every operation of the API's document, with data made up from the document.

Sends each made-up request as three roles, and holds every answer against the document. Half of the
data fits the document and half does not; about half of the requests that name a record name one
that is there, at its present revision.

usage: fuzz.py ADDRESS SHARE SHARES
(tries the operations whose number leaves SHARE when divided by SHARES)
"""

import sys
import time
import urllib.parse

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

ROLES = ("advisor", "auditor", "innovator")
EXAMPLES = 20
SEED = 20260301
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
IDS_PER_LIST = 20
LATEST = 1000
# What a collection's records are called by, and who sees all of them.
COLLECTIONS = {
    "cases": ("id", "head"),
    "people": ("id", "head"),
    "organisations": ("id", "head"),
    "calls": ("id", "head"),
    "resources": ("id", "head"),
    "introductions": ("id", "head"),
    "gatherings": ("id", "head"),
    "policies": ("kind", "admin"),
    "users": ("user", "admin"),
    "approvals": ("approval", "head"),
    "events": ("id", "head"),
    "privacy-requests": ("id", "dpo"),
}


def main() -> int:
    address, share, shares = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    load_all_checks()
    schema = schemathesis.openapi.from_url(f"http://{address}/v1/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    # Those next to each other take about the same time.
    mine = operations[share::shares]
    fuzzer = Fuzzer(f"http://{address}")
    for operation in mine:
        started = time.monotonic()
        try:
            fuzzer.fuzz(operation)
        except Exception as error:  # Whatever it is, it is about this operation.
            fuzzer.failures.append(f"{operation.label}: {error}")
        seconds = time.monotonic() - started
        if seconds > 10:
            print(f"{operation.label} took {seconds:.0f} s", flush=True)
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items()))
    print(f"{len(mine)} of {len(operations)} operations, {fuzzer.sent} requests; {statuses}")
    for failure in fuzzer.failures:
        print(f"FAILED: {failure}")
    return 1 if fuzzer.failures else 0


class Fuzzer:
    def __init__(self, base: str):
        self.base = base
        self.session = requests.Session()
        self.checks = [CHECKS.get_by_names([name])[0] for name in CHECKED]
        self.ids = {name: self.some_ids(name) for name in COLLECTIONS}
        self.sent = 0
        self.statuses = {}
        self.failures = []

    def some_ids(self, collection: str) -> list:
        id_field, role = COLLECTIONS[collection]
        path = f"/v1/{collection}?limit={IDS_PER_LIST}"
        if collection == "events":
            # From the first on they are policies; the latest are what people think again about.
            path += f"&after={self.get('/readyz', role).json()['log_position'] - LATEST}"
        answer = self.get(path, role)
        answer.raise_for_status()
        return [item[id_field] for item in answer.json()["items"]]

    def get(self, path: str, role: str):
        headers = {"Authorization": f"Bearer gch_demo_{role}"}
        return self.session.get(f"{self.base}{path}", headers=headers, timeout=20)

    def fuzz(self, operation) -> None:
        strategies = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE)]
        if operation.body or operation.query or operation.headers or operation.path_parameters:
            strategies.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(st.one_of(strategies), st.booleans(), st.integers(0, IDS_PER_LIST - 1))
        def send(case, real, which):
            if real:
                self.name_a_record(case, which)
            # Only the officer may do anything there.
            privacy = case.operation.path.startswith("/v1/privacy-requests")
            for role in (*ROLES, "dpo") if privacy else ROLES:
                self.send(case, role)

        send()

    def name_a_record(self, case, which: int) -> None:
        """Lets a request be about a record that is there, as it is now."""
        if "id" not in (case.path_parameters or {}):
            return
        collection = case.operation.path.split("/")[2]
        ids = self.ids[collection]
        case.path_parameters["id"] = ids[which % len(ids)]
        if case.method == "POST" and "If-Match" in (case.headers or {}):
            path = f"/v1/{collection}/{urllib.parse.quote(case.path_parameters['id'])}"
            _, role = COLLECTIONS[collection]
            case.headers["If-Match"] = self.get(path, role).headers.get("ETag", "\"0\"")

    def send(self, case, role: str) -> None:
        headers = {"Authorization": f"Bearer gch_demo_{role}"}
        if case.headers:
            case.headers.pop("Authorization", None)
        response = case.call(session=self.session, headers=headers, timeout=20)
        self.sent += 1
        self.statuses[response.status_code] = self.statuses.get(response.status_code, 0) + 1
        case.validate_response(response, checks=self.checks, headers=headers)


if __name__ == "__main__":
    sys.exit(main())
