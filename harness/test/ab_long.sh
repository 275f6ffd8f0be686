#!/bin/sh
# test: long
# ebb ab on workloads, what it sees of a program, its report, its dry run, and
# more of what is refused. What decides here is counted.
. "$(dirname "$0")/tap.sh" "$1"

# ab CODE NAME ARGS...: output in $dir/log, folder of the run in $run.
ab() {
	want=$1
	out=$dir/$2
	shift 2
	"$build/ebb" ab --no-controls --out "$out" "$@" >"$dir/log" 2>&1
	code=$?
	run=$(echo "$out"/*)
	[ "$code" = "$want" ] || { echo "exit code $code, not $want"; return 1; }
}

says() {
	grep -F -- "$1" "$dir/log" >/dev/null || { echo "no '$1'"; return 1; }
}

# A program that prints a number which is twice as large under ratio.
cat >"$dir/program" <<'END'
#!/bin/sh
case $MALLOC_CONF in
*ratio*) echo "n=10"; echo "n=20 rounds" ;;
*) echo "n=10 rounds" ;;
esac
END
chmod +x "$dir/program"

program() { # program CODE NAME VALUE ARGS...
	want=$1
	folder=$2
	value=$3
	shift 3
	ab "$want" "$folder" --a purge:decay --b purge:ratio --value "$value" \
	    --blocks 16 --no-report "$@" -- "$dir/program"
}

samples() {
	grep -c "\"kind\":\"$1\"" "$run/samples.jsonl"
}

check "a value that is higher is worse" program 3 up 'n=([0-9]+) rounds' \
    --primary n
reported() {
	"$build/ebb" report "$run" >"$dir/log" 2>&1 &&
	    says "B has 2.0 x the n (2.000 [2.000, 2.000])" &&
	    ! says "not measured yet" >/dev/null &&
	    grep -q '^program.program.t1,.*,B,n,,lower,.*,higher,' \
		"$run/summary.csv" && [ -s "$run/report.html" ]
}
check "its report says so too, and is complete" reported
repeated() {
	command=$(sed -n '/^ *build.ebb ab /p' "$run/report.md" | head -n 1)
	echo "$command" >"$dir/log"
	says "--primary=n" && says "--a=purge:decay --b=purge:ratio" &&
	    says "--blocks 16" && says " -- "
}
check "and has the command that repeats it" repeated

check "a value that is not printed gets no verdict" program 4 none \
    'm=m=([0-9]+)' --primary work_ns,m --blocks 1
check "and says why" says "'m=([0-9]+)' matches nothing in the output"
check "a program without a path or arguments runs" ab 4 true --a glibc \
    --b decay --blocks 1 --no-report -- true
record() {
	for metric in work_ns cpu_user_ns minflt; do
		grep -q "\"$metric\":[0-9]" "$run/samples.jsonl" || return 1
	done
	grep -q '"outside":true' "$run/samples.jsonl" &&
	    grep '"arm":"B"' "$run/samples.jsonl" |
	    grep '"kind":"time"' | grep -q '"npurge":[0-9]' &&
	    grep '"kind":"census"' "$run/samples.jsonl" |
	    grep -q '"kernel_mmap":[0-9]'
}
check "it has its record, counts and census, seen from outside" record

# A workload: how much is given back is counted by the allocator.
workload() { # workload CODE NAME A B ARGS...
	want=$1
	folder=$2
	a=$3
	b=$4
	shift 4
	ab "$want" "$folder" --a "$a" --b "$b" --workload oscillate \
	    --set oscillate.base=8M --set oscillate.period-ms=20 \
	    --set oscillate.f=0.4 --no-report "$@"
}
check "a workload has one case" workload 0 work purge:decay,decay_time:10 \
    purge:ratio --primary purged_pages --blocks 6
check "which is interleaved, with the profile's options" says \
    "oscillate.interleaved.t1: B against A (1 thread, decay_time:1,narenas:1"
check "purges are no worse and no better, but more" \
    grep -Eq 'purged pages .* more' "$dir/log"
check "and where one arm has none they are compared" \
    says "1 is added to each count, as some are 0"
check "the baseline is A, though B is glibc" sh -c \
    "grep -q '\"baseline\": \"A\"' '$run/plan.json'"
check "glibc as B is judged against A" workload 4 glibc decay glibc \
    --primary ops --blocks 1 --budget 60s
check "builds by their path, with options" workload 4 path \
    "old=$build/variants/ratio/libebb.so:lg_dirty_mult:3" ratio:lg_dirty_mult:3 \
    --primary ops --blocks 1

dry() {
	"$build/ebb" ab --a glibc --b decay --blocks 64 --dry-run \
	    --primary work_ns --out "$dir/dry" -- true >"$dir/log" 2>&1 &&
	    [ ! -e "$dir/dry" ] &&
	    says "after 8, 16, 32, 64 blocks"
}
check "a dry run prints the looks and writes nothing" dry

refused() { # refused TITLE TEXT ARGS...
	title=$1
	text=$2
	shift 2
	"$build/ebb" ab --out "$dir/no" "$@" >"$dir/log" 2>&1
	code=$?
	check "$title" sh -c "[ $code = 2 ] && [ ! -e '$dir/no' ] &&
	    grep -qF -- \"$text\" '$dir/log'"
}
refused "an arm there is not" "no arm is called so" --a glib --b decay \
    --workload micro.pair-64
refused "a mistyped option" "decay_tyme" --a decay_tyme:3 --b decay \
    --workload micro.pair-64
refused "options for glibc" "glibc reads no options" --a glibc:narenas:1 \
    --b decay --workload micro.pair-64
refused "a workload there is not" "micor" --a glibc --b decay --workload micor
refused "a program there is not" "there is no program 'no-such-thing'" \
    --a glibc --b decay -- no-such-thing
refused "a percentile as primary" "no value for each block" --a glibc \
    --b decay --primary p99_ns --workload micro.pair-64
refused "a comparison with --resume" "leave out everything else" \
    --resume "$run" --a glibc
plan
