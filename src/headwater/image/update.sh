#!/bin/sh
# Brings the next version of this system: as patches of what is here where the folder of updates has them, else whole.
set -eu
work=/var/lib/headwater/update
sysupdate=/usr/lib/systemd/systemd-sysupdate
pieces=/usr/lib/headwater/sysupdate.d # takes the parts from $work, where systemd-sysupdate does not check them: we do
most=1073741824                       # bytes of one file

# what was cut short counts as installed until it is taken away
tidy() {
  $sysupdate vacuum >/dev/null 2>&1 || true
}

# by systemd-sysupdate alone, which says that there is nothing new, or what is wrong
whole() {
  $sysupdate update && exit
  tidy
  exit 1
}

. /usr/lib/os-release
tidy
next=$($sysupdate check-new) || whole
url=$(systemd-analyze cat-config sysupdate.d/10-root.transfer | sed -n 's/^Path=\(http.*\)/\1/p')
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
bytes=0

# a file of the folder
take() {
  curl --fail --silent --show-error --max-filesize $most --output "$1" "$url/$1" && bytes=$((bytes + $(stat -c %s "$1")))
}

# a file of the folder, if it is as the list says
take_listed() {
  take "$1" && sed -n "/^[0-9a-f]\{64\} \*$1\$/p" SHA256SUMS | sha256sum --check --quiet
}

# all that the next version consists of, in $work, checked; nothing is believed that our key did not sign
patch() {
  take SHA256SUMS && take SHA256SUMS.gpg || return 1
  mkdir -m 700 keys
  gpg --homedir keys --quiet --batch --no-options --no-default-keyring --keyring /usr/lib/systemd/import-pubring.pgp \
    --trust-model always --verify SHA256SUMS.gpg SHA256SUMS 2>/dev/null || return 1
  list=${IMAGE_ID}_$next.parts
  from=${IMAGE_ID}_${next}_from_$IMAGE_VERSION
  take_listed "$list" && take_listed "$from.erofs.patch" && take_listed "$from.efi.patch" || return 1
  root=$(part erofs) tree=$(part verity) kernel=$(part efi)
  cat /dev/mapper/root >base # all blocks of the root that runs, each checked by the kernel
  zstd --quiet -d --long=31 --patch-from=base "$from.erofs.patch" -o "$root" && rm base || return 1
  hashes=$(veritysetup status root | sed -n 's/^ *hash device: *//p')
  number() { veritysetup dump "$hashes" | sed -n "s/^$1:[[:space:]]*//p"; }
  veritysetup format --uuid="$(number UUID)" --salt="$(number Salt)" "$root" "$tree" >/dev/null || return 1
  set -- /boot/EFI/Linux/"${IMAGE_ID}_$IMAGE_VERSION".efi /boot/EFI/Linux/"${IMAGE_ID}_$IMAGE_VERSION"+*.efi
  [ -e "$1" ] || shift
  zstd --quiet -d --long=31 --patch-from="$1" "$from.efi.patch" -o "$kernel" && sha256sum --check --quiet "$list"
}

# the name of a part
part() {
  sed -n "s/^[0-9a-f]\{64\} \*\([^/]*\.$1\)\$/\1/p" "$list"
}

if patch; then
  echo "version $next as patches: $bytes bytes were fetched"
  $sysupdate --definitions=$pieces update "$next" && exit
  tidy
  exit 1
else
  echo "version $next is not to be had as patches of $IMAGE_VERSION, and is fetched whole"
  rm -rf "$work"
  whole
fi
