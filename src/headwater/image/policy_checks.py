"""The policy as checks that every image has without saying so: of its files, and, of a machine that runs, over its console."""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Callable, Iterator, Sequence

from headwater.config.images import Family, ImageRule
from headwater.config.policy import IN_FILES, Demand, Level, Policy
from headwater.errors import Failure
from headwater.image.exposure import SERVICE, Measure
from headwater.image.findings import Finding
from headwater.image.policy import Judged, in_words, judge
from headwater.progress import step
from headwater.report import CheckResult

# a machine tells what its kernel shows, and the shell alone sorts it: an image may have no tool but that and `ls`
SOCKETS = (
    "for kind in tcp tcp6 udp udp6; do while read -r _ local _ state _ _ _ _ _ inode _; do "
    'echo "$kind $local $state $inode"; done 2>/dev/null < /proc/net/$kind; done; '
    "ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r line; do "
    'case $line in /proc/*|*socket:*) echo "$line";; esac; done; '
    'for file in /proc/[0-9]*/comm; do read -r name 2>/dev/null < $file && echo "$file:$name"; done; true'
)
SERVICES = "systemctl list-units --type=service --state=running --no-legend --no-pager --plain --full"
DENIALS = (
    "command -v journalctl >/dev/null || exit 127; "
    "journalctl -b --no-pager -o cat _TRANSPORT=kernel + _TRANSPORT=audit | while IFS= read -r line; do "
    """case $line in *avc:*denied*|*'apparmor="DENIED"'*|*type=1400*denied*) printf '%s\\n' "$line";; esac; done"""
)
MARKS = {Level.ERROR: "not wanted", Level.WARN: "warning", Level.ALLOW: "allowed"}
OPEN = {"tcp": "0A", "udp": "07"}  # TCP_LISTEN; a datagram socket that is bound and takes from everybody
_SOCKET = re.compile(r"(tcp|udp)6? ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) (\d+)")

Run = Callable[[str], tuple[int, str]]


def file_answers(rule: ImageRule, project: Policy, findings: Sequence[Finding]) -> Iterator[CheckResult]:
    """A result for each demand on files; what the build let pass is shown with the reason that it was allowed for."""
    for demand in IN_FILES:
        found = tuple(one for one in findings if one.demand is demand)
        yield _result(demand, found, rule, project, command=f"hw image build {rule.name}", code=0, seconds=0)


def machine_answers(rule: ImageRule, project: Policy, run: Run, measure: Measure) -> Iterator[CheckResult]:
    """A result for each demand on a machine, which is asked by `run`: a shell command to its exit code and output."""
    threshold = rule.policy.exposure_threshold
    threshold = project.exposure_threshold if threshold is None else threshold
    asked: tuple[tuple[Demand, str, Callable[[str], Iterator[Finding]]], ...] = (
        (Demand.PORTS, SOCKETS, ports),
        (Demand.EXPOSURE, SERVICES, lambda text: exposed(text, 100 if threshold is None else threshold, measure)),
        (Demand.DENIALS, DENIALS, denials),
    )
    for demand, command, read in asked:
        begun = time.monotonic()
        with step("check", demand.value, reason=in_words(demand)):
            try:
                code, output = run(command)
            except Failure as failure:  # the guest is gone, and what it answered before still counts
                code, output = -1, f"{failure}\n{failure.problems[0].why}"
            found = tuple(read(output)) if code == 0 else (Finding(demand=demand, name=rule.name, detail=output),)
        yield _result(demand, found, rule, project, command=command, code=code, seconds=time.monotonic() - begun)


def _result(
    demand: Demand, found: Sequence[Finding], rule: ImageRule, project: Policy, *, command: str, code: int, seconds: float
) -> CheckResult:
    judged = judge(found, rule.policy, project)
    lines = [f"{MARKS[one.level]}: {one.finding.name} {one.finding.detail}{_why(one)}" for one in judged]
    return CheckResult(
        name=demand.value,
        family=Family.POLICY.value,
        reason=in_words(demand),
        expected="nothing that neither the policy nor an exception allows",
        passed=code == 0 and not any(one.level is Level.ERROR for one in judged),
        command=command,
        code=code,
        output="\n".join(lines),
        seconds=seconds,
    )


def _why(one: Judged) -> str:
    return f" ({one.reason})" if one.level is Level.ALLOW and one.reason else ""


def ports(text: str) -> Iterator[Finding]:
    """What listens to more than the machine itself, once for each port, from the kernel's tables of sockets (proc(5))."""
    owners = _owners(text)
    seen: dict[str, Finding] = {}
    for kind, address, port, state, inode in _SOCKET.findall(text):
        place = _address(address)
        if state != OPEN[kind] or place.is_loopback:
            continue
        name = f"{kind}/{int(port, 16)}"
        detail = f"is open on {place} for {owners.get(inode, 'somebody')}"
        seen.setdefault(name, Finding(demand=Demand.PORTS, name=name, detail=detail))
    yield from (seen[name] for name in sorted(seen))


def _address(words: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The kernel writes addresses as 32-bit words of the machine's own byte order, which is little-endian here."""
    data = b"".join(bytes.fromhex(words[at : at + 8])[::-1] for at in range(0, len(words), 8))
    address = ipaddress.ip_address(data)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _owners(text: str) -> dict[str, str]:
    """Names of processes by the inode of their sockets."""
    names = dict(re.findall(r"^/proc/(\d+)/comm:(.*)$", text, re.MULTILINE))
    owners: dict[str, str] = {}
    process = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"/proc/(\d+)/fd:", line):
            process = match[1]
        elif match := re.search(r"socket:\[(\d+)\]", line):
            owners[match[1]] = names.get(process, process)
    return owners


def exposed(text: str, threshold: int, measure: Measure) -> Iterator[Finding]:
    """Running services whose exposure is greater than a threshold of 0 to 100, or not known; `text` is systemctl's list."""
    running = sorted({word for line in text.splitlines() for word in line.split()[:1] if SERVICE.fullmatch(word)})
    known = measure(running)
    for name in running:
        if name not in known:
            yield Finding(
                demand=Demand.EXPOSURE, name=name, detail="is none of the image's own units, so its exposure is not known"
            )
        elif known[name] > threshold:
            detail = f"has an exposure of {known[name]}, and at most {threshold} is wanted"
            yield Finding(demand=Demand.EXPOSURE, name=name, detail=detail)


def denials(text: str) -> Iterator[Finding]:
    """What SELinux or AppArmor refused, each kind once: the same denial comes again under other numbers."""
    seen = dict.fromkeys(re.sub(r"audit\([0-9.:]+\)|\bpid=\d+|\bino=\d+", "", line).strip() for line in text.splitlines())
    yield from (Finding(demand=Demand.DENIALS, name=line, detail="was refused") for line in seen if line)
