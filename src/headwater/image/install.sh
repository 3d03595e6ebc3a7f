#!/bin/sh
# Installs an image of this medium onto a disk of this machine: the image's own partitions, by systemd-repart.
#
# Asks on the console, or is told by the kernel's command line: install.disk=/dev/NAME or install.disk=largest, and, where they are
# needed, install.image=NAME and install.replace=yes. Told so, it asks nothing and switches the machine off in the end.
set -eu
payload=/run/payload

word() { # the value of a word of the kernel's command line, empty if it is not there
  for each in $(cat /proc/cmdline); do
    case $each in "$1="*) printf '%s\n' "${each#*=}" && return ;; esac
  done
}

fail() {
  printf '\nNot installed: %s\n' "$1" >&2
  stty "$(stty -g)" 2>/dev/null || : # waits until a slow line has said it; the console is reset when this ends
  exit 1
}

open_medium() { # the payload is what the kernel's command line says, or it is not opened
  mountpoint -q "$payload" || echo 'Reading the medium ...'
  exec 8>/run/medium.lock && flock 8 # there is an installer on every console
  if mountpoint -q "$payload"; then flock -u 8 && return; fi
  medium=/dev/disk/by-label/$(word install.medium)
  udevadm wait --timeout=60 "$medium" || fail "the medium $medium is not there"
  mkdir -p /run/medium "$payload"
  mountpoint -q /run/medium || mount -t iso9660 -o ro "$medium" /run/medium
  sum=$(sha256sum </run/medium/payload.squashfs)
  [ "${sum%% *}" = "$(word install.payload)" ] || fail 'the medium is damaged, or not the one that was started'
  mount -t squashfs -o ro,loop /run/medium/payload.squashfs "$payload"
  flock -u 8
}

disks() { # a line for each disk that may be written, the largest first: path, bytes, model
  source=$(findmnt -no SOURCE /run/medium)
  medium=$(lsblk -dnpo PKNAME "$source")
  lsblk -dnpbo TYPE,RO,PATH,SIZE,MODEL | while read -r type ro path size model; do
    case $path in "$source" | "${medium:-none}" | /dev/zram* | /dev/ram* | /dev/fd*) continue ;; esac
    if [ "$type $ro" = 'disk 0' ]; then printf '%s %s %s\n' "$path" "$size" "$model"; fi
  done | sort -k2,2nr
}

show() { # disks, for people
  disks | while read -r path size model; do
    printf '  %-16s %8s MiB  %s\n' "$path" "$((size / 1048576))" "$model${model:+  }$(holds "$path" && echo '(not empty)')"
  done
}

holds() { # whether there is anything on a disk that somebody may want to keep
  [ -n "$(wipefs --noheadings --no-act "$1")" ] || [ "$(lsblk -nro NAME "$1" | wc -l)" -gt 1 ]
}

ask() { # a question; the answer is in $answer
  printf '%s: ' "$1"
  read -r answer || exit 0
}

choose_image() {
  image=$(word install.image)
  [ -n "$image" ] || [ "$(ls "$payload" | wc -l)" -gt 1 ] || image=$(ls "$payload")
  [ -n "$image" ] || [ -z "$(word install.disk)" ] || fail "which image? install.image= says it: $(ls "$payload" | tr '\n' ' ')"
  while [ -z "$image" ]; do
    ask "Which image ($(ls -x "$payload" | tr -s ' ' | sed 's/ *$//'))"
    image=$answer
  done
  case $image in */* | .*) fail "\`$image\` is no image" ;; esac
  [ -d "$payload/$image" ] || fail "no image \`$image\` is on this medium, but $(ls "$payload" | tr '\n' ' ')"
}

choose_disk() {
  disk=$(word install.disk)
  if [ -z "$disk" ]; then
    printf 'Disks of this machine:\n' && show
    ask "Disk to install \`$image\` onto, or \`shell\`, or \`off\`"
    disk=$answer
  fi
  case $disk in
    shell) bash || true && exit 0 ;;
    off) systemctl poweroff && sleep infinity ;;
    largest) disk=$(disks | sed -n '1s/ .*//p') && [ -n "$disk" ] || fail 'there is no disk' ;;
    '') exit 0 ;;
    /dev/*) ;;
    *) disk=/dev/$disk ;;
  esac
  disk=$(readlink -f "$disk")
  disks | cut -d ' ' -f 1 | grep -qxF -e "$disk" || fail "\`$disk\` is no disk that can be written"
}

check_disk() {
  need=$(cat "$payload/$image/size")
  size=$(blockdev --getsize64 "$disk")
  [ "$size" -ge "$need" ] || fail "\`$disk\` has $((size / 1048576)) MiB, and \`$image\` needs $((need / 1048576))"
  [ "$(blockdev --getss "$disk")" = 512 ] || fail "\`$disk\` has sectors of $(blockdev --getss "$disk") bytes; the image is made for 512"
}

empty_disk() { # what is on it goes only if somebody says so
  holds "$disk" || return 0
  if [ -n "$(word install.disk)" ]; then
    [ "$(word install.replace)" = yes ] || fail "\`$disk\` is not empty; install.replace=yes erases it"
  else
    lsblk -o NAME,SIZE,FSTYPE,LABEL,PARTLABEL "$disk"
    ask "All that is on \`$disk\` will be lost. Type \`erase\` to go on"
    [ "$answer" = erase ] || fail 'nothing was changed'
  fi
  wipefs --quiet --all "$disk"
}

write_disk() {
  systemd-repart --dry-run=no --empty=require --seed=random --definitions="$payload/$image/repart.d" "$disk" || fail 'systemd-repart says why above'
  sync
  printf '\nInstalled `%s` onto %s. Take the medium out before the machine starts again.\n' "$image" "$disk"
}

open_medium
choose_image
choose_disk
exec 9>/run/install.lock
flock -n 9 || fail 'another console is at it'
check_disk
empty_disk
write_disk
[ -n "$(word install.disk)" ] || ask 'Return switches the machine off'
systemctl poweroff
sleep infinity
