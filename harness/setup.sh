#!/bin/sh
# setup.sh TARGET: make sure the packages that TARGET needs are installed.
# Installs them when it may (root, or passwordless sudo); otherwise prints the
# one line to paste and exits with 1. EBB_SETUP=print only prints.
set -eu
target=${1:-bench}

# need -> how to see that it is there -> package, a column for each system.
# One row a need; a new system is a new column and a line in package_column().
table='
scons        scons                        lib   scons
cc           cc                           lib   gcc
libc         /usr/include/stdlib.h        lib   libc6-dev
bsdtree      /usr/include/bsd/sys/tree.h  lib   libbsd-dev
cxx          c++                          bench g++
benchmark    /usr/include/benchmark/benchmark.h bench libbenchmark-dev
jansson      /usr/include/jansson.h       bench libjansson-dev
gnuplot      gnuplot                      bench gnuplot-nox
tcmalloc     libtcmalloc_minimal.so.4     bench libtcmalloc-minimal4
ck           /usr/include/ck_ring.h       bench libck-dev
readelf      readelf                      bench binutils
seccomp      /usr/include/seccomp.h       bench libseccomp-dev
cmocka       /usr/include/cmocka.h        test  libcmocka-dev
strace       strace                       test  strace
format       clang-format                 test  clang-format
redis        redis-server                 test  redis-server
rediscli     redis-benchmark              test  redis-tools
sqlite       sqlite3                      test  sqlite3
python       python3                      test  python3
perl         perl                         test  perl
git          git                          test  git
perf         perf                         profile linux-perf
'

package_column() {
	id=unknown
	like=
	if [ -r /etc/os-release ]; then
		id=$(. /etc/os-release; echo "${ID:-unknown}")
		like=$(. /etc/os-release; echo "${ID_LIKE:-}")
	fi
	case " $id $like " in
	*" debian "* | *" ubuntu "*) echo 4 ;;
	*) echo 0 ;;
	esac
}

# A need is a header, a shared library, or a command.
present() {
	case $1 in
	/*) [ -e "$1" ] ;;
	lib*)
		for file in /usr/lib/*/"$1" /usr/lib/"$1" /usr/lib64/"$1"; do
			[ ! -e "$file" ] || return 0
		done
		return 1
		;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# Which levels a target needs: each target builds on the ones before it.
case $target in
lib) levels=" lib " ;;
test) levels=" lib bench test " ;;
profile) levels=" lib bench profile " ;; # ebb run --profile: optional
*) levels=" lib bench " ;;
esac

column=$(package_column)
missing=
unnamed=
while read -r need check level package; do
	[ -n "$need" ] || continue
	case "$levels" in *" $level "*) ;; *) continue ;; esac
	present "$check" && continue
	missing="$missing $package"
	unnamed="$unnamed $check"
done <<EOF
$table
EOF
[ -n "$missing" ] || exit 0

if [ "$column" = 0 ]; then
	echo "ebb: this system has no row of package names in harness/setup.sh." >&2
	echo "ebb: please install what provides:$unnamed" >&2
	exit 1
fi
install="apt-get install -y --no-install-recommends$missing"
as_root=
if [ "$(id -u)" != 0 ]; then
	if sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi
fi
if [ "$as_root" = none ] || [ "${EBB_SETUP:-}" = print ]; then
	echo "ebb: 'make $target' needs packages that are not installed. Paste:" >&2
	echo "  sudo apt-get update && sudo $install" >&2
	exit 1
fi
echo "ebb: installing$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1 keeps package scripts from starting daemons (redis-server).
if ! { $as_root apt-get update && $as_root env RUNLEVEL=1 $install; } \
    >"$log" 2>&1; then
	tail -n 15 "$log" >&2
	echo "ebb: the installation failed; the lines above are apt-get's." >&2
	exit 1
fi
