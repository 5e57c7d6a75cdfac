"""The product as its users meet it.

Starts the demonstration from nothing, runs the README's and the guides' lines against it as they
stand, compares what it answers with the generator's manifest, holds the API against its own document
for three roles, and stops it. Meanwhile it is backed up; what is restored must come to the same
figures. Ends only what it started.

usage: product.py BINARY
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

READY_SECONDS_MAX = 10
FUZZERS = 2
README_ADDRESS = "127.0.0.1:8080"
PAGES = ["README.md", "docs/guides/advisor.md", "docs/guides/dpo.md"]


def main() -> int:
    binary = Path(sys.argv[1]).resolve()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "demo"
        address = f"127.0.0.1:{free_port()}"
        log = open(Path(folder) / "log", "w+b")
        server = subprocess.Popen(
            [binary, "demo", "--data", data, "--listen", address], stdout=log, stderr=log
        )
        try:
            seconds = until_ready(server, address)
            report(failures, seconds <= READY_SECONDS_MAX, f"ready after {seconds:.1f} s")
            for page in PAGES:
                pasted(failures, address, page)
            operator(failures, address, binary, data, Path(folder))
            answers(failures, address, data)
            backed_up(failures, binary, data, Path(folder))
            saving = fuzz(failures, address, lambda: backup(binary, data, Path(folder)))
            report(failures, saving.returncode == 0, f"backed up under load: {line(saving)}")
            restored(failures, binary, data, Path(folder))
        except Exception as error:  # What broke is told with what the server said.
            log.seek(0)
            print(log.read().decode(errors="replace")[-4000:])
            failures.append(str(error))
        finally:
            server.send_signal(signal.SIGTERM)
            code = server.wait(timeout=30)
        report(failures, code == 0, f"stopped with exit code {code}")
        checked = subprocess.run(
            [binary, "store", "check", "--data", data], capture_output=True, text=True
        )
        report(failures, checked.returncode == 0, f"store check: {checked.stdout.strip()[-200:]}")
    for failure in failures:
        print(f"FAILED: {failure}")
    return 1 if failures else 0


def report(failures: list, held: bool, what: str) -> None:
    print(f"{'ok  ' if held else 'FAIL'}  {what}", flush=True)
    if not held:
        failures.append(what)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(address: str, path: str, role: str = "auditor"):
    request = urllib.request.Request(
        f"http://{address}{path}", headers={"Authorization": f"Bearer gch_demo_{role}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def until_ready(server: subprocess.Popen, address: str) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 120:
        if server.poll() is not None:
            raise RuntimeError(f"the demonstration ended with {server.returncode}")
        try:
            if get(address, "/readyz")["ready"]:
                return time.monotonic() - started
        except OSError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the demonstration was not ready within two minutes")


def pasted(failures: list, address: str, page: str) -> None:
    text = Path(page).read_text()
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", text, re.S)
    script = "set -euo pipefail\n" + "\n".join(blocks)
    assert blocks and README_ADDRESS in script, f"{page} has lines to run"
    ran = subprocess.run(
        ["bash", "-c", script.replace(README_ADDRESS, address)], capture_output=True, text=True
    )
    report(failures, ran.returncode == 0, f"{page}: {len(blocks)} blocks run as pasted")
    if ran.returncode != 0:
        print(ran.stdout[-3000:], ran.stderr[-2000:])


def operator(failures: list, address: str, binary: Path, data: Path, folder: Path) -> None:
    """The operators' guide as pasted, beside the running server, in a folder of its own."""
    text = Path("docs/guides/operator.md").read_text()
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", text, re.S)
    script = "set -euo pipefail\n" + "\n".join(blocks)
    place = folder / "operator"
    place.mkdir()
    (place / "guichet").symlink_to(binary)
    path = f"{place}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script.replace(README_ADDRESS, address)],
        capture_output=True, text=True, cwd=place,
        env=os.environ | {"PATH": path, "GUICHET_DATA": str(data)},
    )
    report(failures, ran.returncode == 0, f"operators' guide: {len(blocks)} blocks run as pasted")
    if ran.returncode != 0:
        print(ran.stdout[-3000:], ran.stderr[-2000:])


def backup(binary: Path, data: Path, folder: Path) -> subprocess.CompletedProcess:
    command = [binary, "backup", folder / "backup", "--keys", folder / "keys", "--data", data]
    return subprocess.run(command, capture_output=True, text=True)


def line(ran: subprocess.CompletedProcess) -> str:
    told = [told for told in (ran.stdout + ran.stderr).splitlines() if "position" in told]
    return told[0] if told else ran.stderr.strip()[-300:]


def backed_up(failures: list, binary: Path, data: Path, folder: Path) -> None:
    started = time.monotonic()
    first = backup(binary, data, folder)
    seconds = time.monotonic() - started
    report(failures, first.returncode == 0, f"backed up in {seconds:.1f} s: {line(first)}")


def restored(failures: list, binary: Path, data: Path, folder: Path) -> None:
    """What was saved under load is restored, served beside the first, and comes to the same."""
    other, root_key = folder / "restored", data / "keys" / "root.key"
    started = time.monotonic()
    ran = subprocess.run(
        [binary, "restore", folder / "backup", "--keys", folder / "keys", "--data", other,
         "--root-key", root_key, "--erasures", data / "keys" / "erasures.log"],
        capture_output=True, text=True,
    )
    seconds = time.monotonic() - started
    report(failures, ran.returncode == 0, f"restored in {seconds:.1f} s: {line(ran)}")
    if ran.returncode != 0:
        return
    address = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        [binary, "serve", "--data", other, "--root-key", root_key, "--listen", address],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        until_ready(server, address)
        answers(failures, address, other)
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(timeout=30)
    report(failures, code == 0, f"the restored office stopped with exit code {code}")


def answers(failures: list, address: str, data: Path) -> None:
    """Everything that the manifest tells of."""
    manifest(failures, address, data)
    merges(failures, address, data)
    privacy(failures, address, data)
    second_thoughts(failures, address, data)


def manifest(failures: list, address: str, data: Path) -> None:
    expected = json.loads((data / "manifest.json").read_text())
    first = expected_cut(address, expected)
    total = lambda path, more="": get(address, f"{path}?limit=1&as_of={first}{more}")["total"]
    pairs = [("cases", total("/v1/cases"), expected["cases"]["total"])]
    for status, count in expected["cases"]["by_status"].items():
        pairs.append((f"cases {status}", total("/v1/cases", f"&status={status}"), count))
    for stage, count in expected["cases"]["by_stage"].items():
        pairs.append((f"cases at {stage}", total("/v1/cases", f"&stage={stage}"), count))
    for state, count in expected["introductions"].items():
        found = total("/v1/introductions", f"&state={state}")
        pairs.append((f"introductions {state}", found, count))
    pairs.append(("people", total("/v1/people"), expected["people"]))
    pairs.append(("organisations", total("/v1/organisations"), expected["organisations"]))
    pairs.append(("resources", total("/v1/resources"), expected["resources"]))
    wrong = [f"{what}: {found}, not {count}" for what, found, count in pairs if found != count]
    report(failures, not wrong, f"manifest: {len(pairs)} figures compared {'; '.join(wrong)}")
    events = expected["events"]["total"]
    report(failures, events >= 50_000, f"{events} events in the log")


def privacy(failures: list, address: str, data: Path) -> None:
    """What people asked about their own data: one is under a hold, one was erased."""
    expected = json.loads((data / "manifest.json").read_text())
    asked, cut = expected["privacy"], expected_cut(address, expected)
    answered = get(address, f"/v1/privacy-requests?state=answered&as_of={cut}", "dpo")["total"]
    held, case = asked["held"]
    texts = get(address, f"/v1/people/{asked['erased']}?as_of={cut}", "dpo")
    pairs = [
        ("requests answered", answered, asked["requests"]),
        ("a case under a hold", get(address, f"/v1/cases/{case}?as_of={cut}")["legal_hold"], True),
        ("holds", len(get(address, f"/v1/people/{held}?as_of={cut}", "dpo")["holds"]), 1),
        ("the name of the erased", texts["name"], {"erased": True}),
    ]
    wrong = [f"{what}: {found}, not {count}" for what, found, count in pairs if found != count]
    report(failures, not wrong, f"privacy: {len(pairs)} answers compared {'; '.join(wrong)}")


def merges(failures: list, address: str, data: Path) -> None:
    """Records that gave way, and the journeys of one pair of them."""
    expected = json.loads((data / "manifest.json").read_text())
    merged, cut = expected["merged"], expected_cut(address, expected)
    away = lambda path: sum(row["merged_into"] is not None for row in listed(address, path, cut))
    steps = lambda person: [
        step["event"] for step in get(address, f"/v1/people/{person}/journey?as_of={cut}")["steps"]
    ]
    pair = merged["showcase"]
    gone, goes_on = steps(pair["record"]), steps(pair["into"])
    record = get(address, f"/v1/people/{pair['record']}?as_of={cut}")
    pairs = [
        ("people merged", away("/v1/people"), merged["people"] - merged["undone"]),
        ("organisations merged", away("/v1/organisations"), merged["organisations"]),
        ("where the record goes on", record["merged_into"], pair["into"]),
        ("steps that follow", [step for step in goes_on if step in gone], gone),
    ]
    wrong = [f"{what}: {found}, not {count}" for what, found, count in pairs if found != count]
    report(failures, not wrong, f"merges: {len(pairs)} answers compared {'; '.join(wrong)}")


def second_thoughts(failures: list, address: str, data: Path) -> None:
    """What was amended, what waits for a second person, and a decision that no longer counts."""
    expected = json.loads((data / "manifest.json").read_text())
    said, cut = expected["second_thoughts"], expected_cut(address, expected)
    total = lambda path: get(address, f"{path}&limit=1&as_of={cut}")["total"]
    decision = get(address, f"/v1/events/{said['annulled_decision']}?as_of={cut}")
    about = f"/v1/registers?target={said['annulled_decision']}"
    pairs = [
        ("amendments", total("/v1/registers?register=correction"),
         said["corrected"] + said["annulled"] + said["annotated"]),
        ("waiting", total("/v1/approvals?state=waiting"), said["waiting"]),
        ("the decision is annulled", decision["annulled"], True),
        ("its annulment is in the register", total(about), 1),
    ]
    wrong = [f"{what}: {found}, not {count}" for what, found, count in pairs if found != count]
    report(failures, not wrong, f"second thoughts: {len(pairs)} answers compared {'; '.join(wrong)}")


def listed(address: str, path: str, cut: str):
    """Every row of a list as of a cut."""
    cursor = ""
    while True:
        page = get(address, f"{path}?limit=200&as_of={cut}{cursor}")
        yield from page["items"]
        if "next" not in page:
            return
        cursor = f"&cursor={page['next']}"


def expected_cut(address: str, expected: dict) -> str:
    """The last position of the generated log: what this run wrote itself does not count."""
    after, seen, last = None, 0, None
    while seen < expected["events"]["total"]:
        limit = min(1000, expected["events"]["total"] - seen)
        query = f"?limit={limit}" + (f"&after={after}" if after else "")
        page = get(address, f"/v1/events{query}")["items"]
        if not page:
            break
        seen += len(page)
        after = last = page[-1]["position"]
    return str(last)


def until_written(address: str) -> None:
    """Waits until somebody writes something."""
    head = get(address, "/readyz")["log_position"]
    headers = {"Authorization": "Bearer gch_demo_auditor", "Accept": "text/event-stream"}
    request = urllib.request.Request(f"http://{address}/v1/events?after={head}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as feed:
        while not feed.readline().startswith(b"id:"):
            pass


def fuzz(failures: list, address: str, meanwhile):
    """Sends what the document allows and more; gives what was done meanwhile."""
    started = time.monotonic()
    tool = Path(__file__).with_name("fuzz.py")
    commands = [[sys.executable, tool, address, str(i), str(FUZZERS)] for i in range(FUZZERS)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    try:
        until_written(address)
        done = meanwhile()
    except BaseException:
        for fuzzer in running:
            fuzzer.terminate()
        raise
    for fuzzer in running:
        told, _ = fuzzer.communicate()
        report(failures, fuzzer.returncode == 0, f"fuzzed: {told.strip()}")
    print(f"      in {time.monotonic() - started:.0f} s")
    return done


if __name__ == "__main__":
    sys.exit(main())
