#!/bin/sh
# `ebb doctor` on a machine made of files: what it says, and that everything
# that --tune-system sets is set back, whatever ends it.
. "$(dirname "$0")/tap.sh" "$1"

ebb=$build/ebb
cpu=sys/devices/system/cpu
thp=sys/kernel/mm/transparent_hugepage/enabled

# A machine of two CPUs with much to mend.
machine() {
	rm -rf "$dir/root"
	mkdir -p "$dir/root/run"
	while read -r path value; do
		mkdir -p "$dir/root/$(dirname "$path")"
		echo "$value" >"$dir/root/$path"
	done <<-END
		$cpu/online 0-1
		$cpu/cpu0/cpufreq/scaling_governor powersave
		$cpu/cpu1/cpufreq/scaling_governor schedutil
		$cpu/intel_pstate/no_turbo 0
		$thp always
		proc/sys/kernel/perf_event_paranoid 4
		proc/sys/kernel/randomize_va_space 1
		proc/sys/kernel/numa_balancing 1
		proc/loadavg 0.01 0.01 0.01 1/100 1000
	END
	rm -rf "$dir/before"
	cp -a "$dir/root" "$dir/before"
}

doctor() {
	EBB_SYSROOT=$dir/root "$ebb" doctor "$@"
}

# Every file is what it was, and no journal is left.
as_before() {
	diff -r "$dir/before" "$dir/root"
}

is_tuned() {
	grep -qx performance "$dir/root/$cpu/cpu0/cpufreq/scaling_governor" &&
	    grep -qx performance \
	        "$dir/root/$cpu/cpu1/cpufreq/scaling_governor" &&
	    grep -qx 1 "$dir/root/$cpu/intel_pstate/no_turbo" &&
	    grep -qx 1 "$dir/root/proc/sys/kernel/perf_event_paranoid" &&
	    grep -qx 2 "$dir/root/proc/sys/kernel/randomize_va_space" &&
	    [ -s "$dir/root/run/ebb-tune.json" ]
}

exits() { # exits CODE COMMAND...
	want=$1
	shift
	"$@" >"$dir/log" 2>&1
	got=$?
	[ "$got" = "$want" ] || {
		echo "exit code $got, not $want"
		return 1
	}
}

says() {
	grep -q -e "$1" "$dir/log"
}

# Started with --tune-system, runs until it is told to end; its number in $pid.
hold() {
	# A shell's background jobs ignore SIGINT, if nobody tells them not to.
	EBB_SYSROOT=$dir/root exec env --default-signal=INT \
	    "$ebb" doctor --tune-system -- sh -c 'echo $$ >"$1"; trap "exit 7" TERM HUP INT
	        while :; do sleep 0.05; done' hold "$dir/command" \
	    >"$dir/log" 2>&1
}

hold_begin() {
	rm -f "$dir/command"
	(hold) &
	pid=$!
	until_true 20 test -s "$dir/command" && is_tuned
}

machine
check "what is wrong ends with 3" exits 3 doctor --quick
check "governor, turbo, huge pages and ASLR are named" sh -c "
	grep -q 'WRONG  governor .*mixed\|WRONG  governor .*powersave' '$dir/log' &&
	grep -q 'WRONG  turbo' '$dir/log' &&
	grep -q 'WRONG  huge pages .*always' '$dir/log' &&
	grep -q 'WRONG  ASLR' '$dir/log'"
check "each says why and what mends it" sh -c "
	[ \"\$(grep -c '  mend: ' '$dir/log')\" -ge \
	  \"\$(grep -c '^  WRONG' '$dir/log')\" ] &&
	[ \"\$(grep -c '  why:  ' '$dir/log')\" = \
	  \"\$(grep -c '^  WRONG\|^  note' '$dir/log')\" ]"
check "it ends with a verdict" says '^verdict: [0-9]* things to mend'
check "looking changes nothing" as_before

check "the command runs tuned, with its exit code" exits 5 doctor \
    --tune-system --thp never -- sh -c "
	cat '$dir/root/$thp' '$dir/root/$cpu/intel_pstate/no_turbo' >'$dir/seen'
	exit 5"
check "it saw the settings" sh -c "
	[ \"\$(tr '\n' ' ' <'$dir/seen')\" = 'never 1 ' ]"
check "all of it is set back" as_before
check "a command that is not there: exit 2, set back" \
    exits 2 doctor --tune-system -- /nonexistent/command
check "... set back" as_before

for signal in TERM INT HUP; do
	check "tuned while it runs ($signal)" hold_begin
	kill -"$signal" "$pid"
	wait "$pid"
	code=$?
	check "SIG$signal reaches the command, its code is kept" \
	    [ "$code" = 7 ]
	check "set back after SIG$signal" as_before
done

check "tuned while it runs (KILL)" hold_begin
check "a second one is refused meanwhile" \
    exits 2 doctor --tune-system -- true
check "... and so is --undo" exits 2 doctor --undo
check "... and the doctor says it" sh -c "
	EBB_SYSROOT='$dir/root' '$ebb' doctor --quick |
	    grep -q 'note   tuned .*still runs'"
kill -9 "$pid"
wait "$pid" 2>/dev/null
kill "$(cat "$dir/command")"
check "after kill -9 it is still tuned" is_tuned
check "the next doctor finds it and sets it back" sh -c "
	EBB_SYSROOT='$dir/root' '$ebb' doctor --quick >'$dir/log'
	grep -q 'was killed while the system was tuned' '$dir/log'"
check "... all of it" as_before
check "--undo then has nothing to do" exits 0 doctor --undo

# Killed at any moment, also while it sets or sets back.
random_kills() {
	round=0
	while [ "$round" -lt 15 ]; do
		(EBB_SYSROOT=$dir/root exec "$ebb" doctor --tune-system -- \
		    true >/dev/null 2>&1) &
		victim=$!
		sleep "0.0$((round % 5))$((round % 7))"
		kill -9 "$victim" 2>/dev/null
		wait "$victim" 2>/dev/null
		rm -f "$dir/root/run/ebb-tune.json.new"
		doctor --undo >"$dir/log" 2>&1 && as_before || return 1
		round=$((round + 1))
	done
}
check "killed at 15 moments, --undo sets everything back" random_kills

check "an option that is none: exit 2" exits 2 doctor --wrong
check "a command without --tune-system: exit 2" exits 2 doctor -- true
check "--thp with a wrong value: exit 2" \
    exits 2 doctor --tune-system --thp sometimes -- true
check "on this machine: a verdict, 0 or 3" sh -c "
	'$ebb' doctor --quick >'$dir/log'
	code=\$?
	[ \$code = 0 ] || [ \$code = 3 ] && grep -q '^verdict: ' '$dir/log'"
plan
