# For scripts that prove something on a minimal Debian in a chroot: sourced, not run. They set
#   suite    "bookworm"
#   scratch  a folder of this run's own
#   machine  the folder of the chroot, which `unpack_machine` fills
# Debian's mirror, proxies and certificates are those of this machine's own apt.
# shellcheck shell=bash disable=SC2154

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
die() { say "$*" >&2; exit 1; }

# Ends the script unless it can make a chroot.
require_root_and() {
  local tool
  [ "$(id -u)" -eq 0 ] || die "needs root: it makes a chroot"
  for tool in debootstrap apt-get unshare "$@"; do
    command -v "$tool" >/dev/null || die "needs $tool"
  done
}

# The base system is made once for each suite.
base_system() { echo "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tessera/$suite-minbase.tar"; }

# The Debian archives of the suite: lines "URI RELEASE". Those that this machine's apt reads, or, of
# another suite, the release on the same mirror.
archives() {
  local own
  own=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    grep -E " $suite(-updates|-security)?\$" | sort -u)
  if [ -n "$own" ]; then
    echo "$own"
  else
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
      awk -v suite="$suite" '$2 == "Debian" && $NF !~ /-(security|updates|backports)$/ { print $1, suite; exit }'
  fi
}

make_base() {
  local mirror root=$scratch/base base
  base=$(base_system)
  mirror=$(archives | sed -n "s/ $suite\$//p" | head -n 1)
  [ -n "$mirror" ] || die "apt of this machine reads no archive of Debian"
  say "making a minimal Debian $suite from $mirror"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$scratch/debootstrap.log" 2>&1 ||
    { tail -n 20 "$scratch/debootstrap.log" >&2; die "debootstrap failed"; }
  mkdir -p "$(dirname "$base")"
  tar -C "$root" -cf "$base.part" . && mv "$base.part" "$base"
  rm -rf "$root"
}

# Gives the machine this one's way to the network: names, proxies, certificates.
connect() {
  local uri release
  cp /etc/resolv.conf /etc/hosts "$machine/etc/"
  uname -n >"$machine/etc/hostname"
  apt-config dump | grep -E '^Acquire::(https?|ftp|Retries|Check-)' >"$machine/etc/apt/apt.conf.d/50host" || true
  if [ -d /usr/local/share/ca-certificates ]; then
    mkdir -p "$machine/usr/local/share/ca-certificates"
    cp -r /usr/local/share/ca-certificates/. "$machine/usr/local/share/ca-certificates/"
  fi
  if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
    mkdir -p "$machine/etc/ssl/certs"
    cp -L /etc/ssl/certs/ca-certificates.crt "$machine/etc/ssl/certs/"
  fi
  archives | while read -r uri release; do
    echo "deb $uri $release main"
  done >"$machine/etc/apt/sources.list"
}

# Makes the machine. To be called in namespaces of its own, so that its mounts end with it.
unpack_machine() {
  mkdir "$machine"
  tar -C "$machine" -xf "$(base_system)"
  connect
  mount -t proc proc "$machine/proc"
  mount --rbind /dev "$machine/dev"
  mount -t tmpfs tmpfs "$machine/tmp"
}

# Runs a command in the machine: in_machine USER HOME COMMAND. The environment is empty but for
# proxies, and no locale is set, as on a machine just installed.
in_machine() {
  local user=$1 home=$2 proxies
  proxies=$(env | grep -iE '^(https?|no)_proxy=' || true)
  # shellcheck disable=SC2086  # one word each
  chroot --userspec="$user" "$machine" env -i HOME="$home" USER="$user" TERM=dumb $proxies \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c "$3" </dev/null
}
as_root() { in_machine root /root "$1"; }

# Installs Debian's packages in the machine.
install_packages() {
  as_root "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
    --no-install-recommends $*" >"$scratch/apt.log" 2>&1 ||
    { tail -n 20 "$scratch/apt.log" >&2; die "could not install $*"; }
}
