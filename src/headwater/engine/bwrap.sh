#!/bin/sh
set -u

# what an action may have, as it says itself: MiB, MiB, how many
read_limits() {
    for word in $1; do
        value=${word#*=}
        case $value in '' | *[!0-9]*) continue ;; esac
        case $word in
        memory=*) memory=$value ;;
        processes=*) processes=$value ;;
        esac
    done
}

# a cgroup below $1 in which this process is; $2... are its files and their values
enter() {
    place=$1/@OURS@$$
    shift
    set +f
    rmdir "${place%/*}/@OURS@"* 2>/dev/null
    set -f
    for _ in 1 2 3; do # somebody else's rmdir may come between
        mkdir "$place" 2>/dev/null || [ -d "$place" ] || return
        for pair; do
            { echo "${pair#*=}" > "$place/${pair%%=*}"; } 2>/dev/null
        done
        { echo $$ > "$place/cgroup.procs"; } 2>/dev/null && made="$made $place" && return
    done
    rmdir "$place" 2>/dev/null
}

# what the kernel counted in a cgroup: $2 is a word in the file $1 there, the rest what it means
tell() {
    for place in $made; do
        while read -r word count; do
            [ "$word" = "$2" ] && [ "$count" -gt 0 ] && echo "@SAYS@limit $3"
        done < "$place/$1"
    done
} 2>/dev/null

# version 2: the nearest folder above ours that hands its controllers down, and lets us in
enter_unified() {
    below=$1
    while [ -n "$below" ]; do
        below=${below%/*}
        read -r given 2>/dev/null < "@CGROUPS@$below/cgroup.subtree_control" || continue
        case $given in *memory*pids*) ;; *) continue ;; esac
        enter "@CGROUPS@$below" "pids.max=$processes" "memory.max=$((memory << 20))" memory.oom.group=1 && return
    done
}

confine() {
    while IFS=: read -r _ kinds path; do
        path=${path%/}
        case ,$kinds, in
        ,,) enter_unified "$path/" ;;
        *,pids,*) enter "@CGROUPS@/$kinds$path" "pids.max=$processes" ;;
        *,memory,*) enter "@CGROUPS@/$kinds$path" "memory.limit_in_bytes=$((memory << 20))" ;;
        esac
    done < /proc/self/cgroup
}

set -f # words of others
memory=@MEMORY@ processes=@PROCESSES@
left=$#
while [ "$left" -gt 0 ]; do
    case $1 in
    --setenv)
        [ "$2" = @LIMITS@ ] && read_limits "$3"
        set -- "$@" "$1" "$2" "$3"
        taken=3
        ;;
    --bind)
        if [ "$3" = / ]; then
            cd "$2" || exit 125
            set -- "$@" "$1" . /
        else
            set -- "$@" "$1" "$2" "$3"
        fi
        taken=3
        ;;
    --proc)
        set -- "$@" "$1" "$2" --ro-bind /proc/sys "$2/sys"
        taken=2
        ;;
    --dev)
        set -- "$@" "$1" "$2" --perms 1777 --size $((memory << 20)) --tmpfs "$2/shm" --remount-ro "$2"
        taken=2
        ;;
    --tmpfs)
        set -- "$@" --size $((memory << 20)) "$1" "$2"
        taken=2
        ;;
    --ro-bind | --dev-bind)
        set -- "$@" "$1" "$2" "$3"
        taken=3
        ;;
    --hostname | --dir | --chdir | --uid | --gid | --cap-drop | --unsetenv)
        set -- "$@" "$1" "$2"
        taken=2
        ;;
    --unshare-* | --die-with-parent | --new-session | --clearenv)
        set -- "$@" "$1"
        taken=1
        ;;
    --*)
        echo "headwater: the runner asks bubblewrap for '$1', which is not known here" >&2
        exit 125
        ;;
    *) break ;;
    esac
    shift $taken
    left=$((left - taken))
done
# what is left is the command; the options were put behind it
while [ "$left" -gt 0 ]; do
    set -- "$@" "$1"
    shift
    left=$((left - 1))
done
made=
confine
# who kills this shell kills the sandbox, too: bubblewrap dies with its parent
env -i @REAL@ @SIGN@ "$@"
code=$?
if [ $code -ne 0 ]; then
    tell memory.oom_control oom_kill "memory: its processes wanted more than $memory MiB of memory together"
    tell memory.events oom_kill "memory: its processes wanted more than $memory MiB of memory together"
    tell pids.events max "processes: it wanted more than $processes processes and threads"
fi
for place in $made; do
    for _ in 1 2 3 4 5 6 7 8 9; do # the last processes of it may still be ending, and this one is in it
        { echo $$ > "${place%/*}/cgroup.procs"; } 2>/dev/null
        rmdir "$place" 2>/dev/null && break
        sleep 0.05
    done
done
exit $code
