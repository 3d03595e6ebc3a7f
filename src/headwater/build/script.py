"""The script that an action runs: it takes from itself what a build has no need of, runs rpmbuild, and looks at what is left.

It goes with the action, so it holds on every worker. It is read whole before anything of the spec runs, and what it
starts lies where Landlock lets no build write; where the kernel has no Landlock, the log says so.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from headwater.config.model import BuildRule
from headwater.engine import LIMITS, SAYS

TOP = "build"  # rpmbuild's _topdir, below the root
SCRIPT = f"/{TOP}/build"  # run it again in `hw build NAME --shell`
FILTER = f"/{TOP}/syscalls"  # what `syscalls` makes
OUTPUTS = ("RPMS", "SRPMS")
HOME = f"/{TOP}/home"
FOLDERS = ("BUILD", "BUILDROOT", "RPMS", "SOURCES", "SPECS", "SRPMS", "home")  # below TOP
WRITABLE = (*(f"/{TOP}/{name}" for name in FOLDERS), "/tmp", "/var/tmp", "/dev")  # noqa: S108 the sandbox's
RIGHTS = "write-file,truncate,remove-dir,remove-file,make-char,make-dir,make-reg,make-sock,make-fifo,make-block,make-sym,refer"
MOST = 20_000  # files that a build may leave as its output
REFUSED = 97  # exit code where the script itself ends a build
# rules for every build, whoever runs it: core files, open files, locked memory and the stack in KiB
FIXED = "-c 0 -n 4096 -l 8192 -s 8192"

_SCRIPT = """#!/bin/bash
# read to its end before it begins: a build may write over it
{
refuse() {
    echo "@SAYS@$*"
    find @OUTPUTS@ -mindepth 1 -delete
    exit @REFUSED@
}

# all that the build left running; who goes on forking all the same ends at one stroke, and with it the end of its log
before=" $(echo /proc/[0-9]*) " # in `--shell`, whoever called us
end_others() {
    local round place left
    for round in {1..20}; do
        left=
        for place in /proc/[0-9]*; do
            [[ $before = *" $place "* || $place = "/proc/$log" ]] && continue
            kill -KILL "${place#/proc/}" 2> /dev/null && left=1
        done
        [[ $left ]] || return
        sleep 0.05
    done
    kill -KILL -1
}

# folders and plain files of one name each, with names and places that packages have, not too many, not too large
check_outputs() {
    local folder odd count=0 sum=0 size
    for folder in @OUTPUTS@; do
        [[ -d $folder && ! -L $folder ]] || refuse "limit outputs: $folder: it is no folder any more"
        odd=$(find "$folder" -mindepth 1 ! -type d \\( ! -type f -o -links +1 \\) -printf '%p is a %y with %n names' -quit)
        [[ ! $odd ]] || refuse "limit outputs: what is in $folder must be plain files: ${odd//[^ -~]/?}"
        odd=$(LC_ALL=C find "$folder" -mindepth 1 \\( -path '*/*/*/*' -o -name '*[^A-Za-z0-9._+~^-]*' -o -name '.*' \\) -print -quit)
        [[ ! $odd ]] || refuse "limit outputs: that is no place or name of a package: ${odd//[^ -~]/?}"
        while read -r size; do
            ((count += 1, sum += size))
        done < <(find "$folder" -mindepth 1 -printf '%s\\n' | head -n @MANY@)
    done
    ((count <= @MOST@)) || refuse "limit outputs: the build left more than @MOST@ files"
    ((sum >> 20 <= @DISK@)) || refuse "limit disk: the build left $((sum >> 20)) MiB of packages"
}

unset @LIMITS@
if { : >> /proc/sys/kernel/core_pattern; } 2> /dev/null; then
    refuse "limit worker: a build could set this worker's kernel (/proc/sys can be written): run it as another user than root"
fi
umask 022
ldconfig -X # no scriptlet ran; the loader finds /usr/lib64 by this
walls=(--no-new-privs --seccomp-filter @FILTER@)
if [[ $(< /proc/self/status) != *CapBnd:$'\\t'0000000000000000* ]]; then
    walls+=(--inh-caps=-all --bounding-set=-all)
fi
land=(--landlock-access fs:@RIGHTS@ @RULES@)
if setpriv "${land[@]}" true 2> /dev/null; then
    walls+=("${land[@]}")
else
    echo "@SAYS@this kernel has no Landlock; a build could write to its own root"
fi

# the log goes through a process that may write so much and no more
exec {pipe}> >(ulimit -f @LOG@; exec cat)
log=$!
(
    ulimit @FIXED@ -v @MEMORY@ -f @DISKKIB@ -u @PROCESSES@ -t @SECONDS@ || exit @REFUSED@
    exec setpriv "${walls[@]}" @WORDS@
) < /dev/null >&"$pipe" 2>&1 {pipe}>&- &
exec {pipe}>&-
wait $!
code=$?
end_others
wait "$log" || refuse "limit log: the log grew beyond @LOGMIB@ MiB"
check_outputs
exit $code
}
"""


def write_script(words: Sequence[str], rule: BuildRule) -> str:
    """The script that runs a command of ours (its words may come from anywhere) within a rule's limits."""
    values = {
        "SAYS": SAYS,
        "REFUSED": REFUSED,
        "OUTPUTS": " ".join(OUTPUTS),
        "MANY": MOST + 1,
        "MOST": MOST,
        "DISK": rule.disk,
        "LIMITS": LIMITS,
        "FILTER": FILTER,
        "RIGHTS": RIGHTS,
        "RULES": " ".join(f"--landlock-rule path-beneath:{RIGHTS}:{place}" for place in WRITABLE),
        "LOG": rule.log << 10,
        "LOGMIB": rule.log,
        "FIXED": FIXED,
        "MEMORY": rule.memory << 10,
        "DISKKIB": rule.disk << 10,
        "PROCESSES": rule.processes,
        "SECONDS": rule.timeout * 2,
        "WORDS": shlex.join(words),
    }
    text = _SCRIPT
    for name, value in values.items():  # the foreign words last
        text = text.replace(f"@{name}@", str(value))
    return text
