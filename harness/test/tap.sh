# What shell tests share; sourced with the build folder as $1. Gives $build, a
# fresh folder $dir that is removed at the end, and one TAP line a check.
build=$1
dir=$(mktemp -d)
trap 'cleanup; rm -rf "$dir"' EXIT
n=0

# A test that has more to undo defines its own.
cleanup() {
	:
}

check() { # check NAME COMMAND...
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$dir/check" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		for output in "$dir/check" "$dir/log"; do
			[ ! -e "$output" ] || sed 's/^/# /' "$output"
		done
	fi
}

skip() { # skip NAME WHY
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# until_true SECONDS COMMAND...: waits until it succeeds, at most so long.
until_true() {
	tries=$(($1 * 20))
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
		tries=$((tries - 1))
	done
	return 1
}

# has_lines N FOLDER: the run in that folder has so many samples.
has_lines() {
	[ "$(cat "$2"/*/samples.jsonl 2>/dev/null | wc -l)" -ge "$1" ]
}

plan() { # at the end
	echo "1..$n"
}
