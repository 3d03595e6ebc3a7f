#!/bin/sh
# The first run under WSL: makes the user that sessions start as. WSL runs it as root until it succeeds.
set -eu
# GIVEN

if getent passwd "$uid" >/dev/null; then
  exit 0
fi

echo 'Who will work here? This user is of Linux only, and need not be called as you are in Windows.'
while :; do
  printf 'Name of the user: '
  if ! read -r name; then
    echo 'No name was given, so no user was made.' >&2
    exit 1
  fi
  if useradd --uid "$uid" --user-group --create-home --shell "$shell" ${groups:+--groups "$groups"} -- "$name"; then
    break
  fi
  echo 'A name begins with a small letter and goes on with small letters, digits, - and _.'
done

tries=3
until passwd -- "$name"; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    userdel --remove -- "$name"
    echo 'No password was set, so the user was taken back.' >&2
    exit 1
  fi
done
