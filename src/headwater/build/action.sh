#!/bin/bash
# read to its end before it begins: a build may write over it
{
refuse() {
    echo "@SAYS@$*"
    @OWN@find @OUTPUTS@ -mindepth 1 -delete
    exit @REFUSED@
}

# all that the build left running; who goes on forking all the same ends at one stroke, and with it whoever writes the log
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
        @OWN@sleep 0.05
    done
    kill -KILL -1
    refuse "limit processes: what the build left running went on starting more"
}

# folders and plain files of one name each, with names and places that packages have, not too many, not too large
check_outputs() {
    local folder odd count=0 sum=0 size
    for folder in @OUTPUTS@; do
        [[ -d $folder && ! -L $folder ]] || refuse "limit outputs: $folder: it is no folder any more"
        odd=$(@OWN@find "$folder" -mindepth 1 ! -type d \( ! -type f -o -links +1 \) -printf '%p is a %y with %n names' -quit)
        [[ ! $odd ]] || refuse "limit outputs: what is in $folder must be plain files: ${odd//[^ -~]/?}"
        odd=$(LC_ALL=C @OWN@find "$folder" -mindepth 1 \
            \( -path '*/*/*/*' -o -name '*[^A-Za-z0-9._+~^-]*' -o -name '.*' \) -print -quit)
        [[ ! $odd ]] || refuse "limit outputs: that is no place or name of a package: ${odd//[^ -~]/?}"
        while read -r size; do
            ((count += 1, sum += size))
        done < <(@OWN@find "$folder" -mindepth 1 -printf '%s\n' | @OWN@head -n @MANY@)
    done
    ((count <= @MOST@)) || refuse "limit outputs: the build left more than @MOST@ files"
    ((sum >> 20 <= @DISK@)) || refuse "limit disk: the build left $((sum >> 20)) MiB of packages"
}

unset @LIMITS@
umask 022
@LDCONFIG@ -X # no scriptlet ran; the loader finds /usr/lib64 by this
walls=(--no-new-privs --seccomp-filter @FILTER@)
if [[ $(< /proc/self/status) != *CapBnd:$'\t'0000000000000000* ]]; then
    walls+=(--inh-caps=-all --bounding-set=-all)
fi
said=$(@OWN@setpriv "${walls[@]}" @OWN@true 2>&1) ||
    refuse "limit worker: system calls can not be filtered (${said//[^ -~]/?}): needs setpriv of util-linux 2.41 in the root"
land=(--landlock-access fs:@RIGHTS@ @RULES@)
if @OWN@setpriv "${land[@]}" @OWN@true 2> /dev/null; then
    walls+=("${land[@]}")
else
    echo "@SAYS@weak: this kernel has no Landlock; a build could change its own root while it runs"
fi
# where root runs the worker, uid 0 here owns its kernel's settings
if @OWN@setpriv "${walls[@]}" @OWN@dd if=/dev/null of=/proc/sys/kernel/core_pattern oflag=append conv=notrunc 2> /dev/null; then
    refuse "limit worker: a build could set this worker's kernel (/proc/sys can be written): run it as another user than root"
fi

# the log goes through a process that may write so much and no more
exec {pipe}> >(ulimit -f @LOG@; exec @OWN@cat)
log=$!
(
    ulimit @FIXED@ -v @MEMORY@ -f @DISKKIB@ -u @PROCESSES@ -t @SECONDS@ || exit @REFUSED@
    exec @OWN@setpriv "${walls[@]}" @WORDS@
) < /dev/null >&"$pipe" 2>&1 {pipe}>&- &
exec {pipe}>&-
wait $!
code=$?
end_others
wait "$log" || refuse "limit log: the log grew beyond @LOGMIB@ MiB"
check_outputs
exit $code
}
