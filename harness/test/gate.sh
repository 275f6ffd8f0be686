#!/bin/sh
# gate.sh BUILD: `ebb gate` on histories of made-up runs (runs.c). A planted
# change is found at its run, a history without one raises no alarm, runs with
# another key are left out, a short history is refused.
. "$(dirname "$0")/tap.sh" "$1"
runs=$build/test/harness/runs

# gate CODE ARGS...: runs it; true when it ends with that code.
gate() {
	wanted=$1
	shift
	"$build/ebb" gate "$@" >"$dir/log" 2>&1
	code=$?
	[ "$code" = "$wanted" ] || { echo "exit code $code"; return 1; }
}
first() { # FIXED TEXT: stands in the first line
	head -n 1 "$dir/log" | grep -F -- "$1"
}
says() {
	grep -F -- "$1" "$dir/log"
}
# history NAME RUNS CHANGED KEY=VALUE...: a history of so many runs, of which
# those from CHANGED on have the keys.
history() {
	folder=$dir/$1
	last=$2
	changed=$3
	shift 3
	mkdir "$folder"
	day=1
	while [ "$day" -le "$last" ]; do
		run=$folder/run$(printf %02d "$day")
		if [ "$day" -ge "$changed" ]; then
			"$runs" "$run" day=$day seed=$day pair=0.005 \
			    drift=0.0$day commit=commit$day "$@"
		else
			"$runs" "$run" day=$day seed=$day pair=0.005 \
			    drift=0.0$day commit=commit$day
		fi
		day=$((day + 1))
	done
}

history steady 14 99
steady() {
	gate 0 --history "$dir/steady" && first "No alarm" &&
	    first "Of 10 series over 14 runs 0 changed" &&
	    says "10 of the 10 series are ratios to glibc"
}
check "no change, no alarm, while the machine gets 14 % slower" steady
floor() {
	says "Noise floor of work_ns" && says "A/A pairs of 14 runs"
}
check "the noise floor is that of the A/A pairs" floor

history time 14 8 time=1.10 build=aaaabbbbcccc
planted() {
	gate 3 --history "$dir/time" --output "$dir/csv" &&
	    first "ALARM: decay is slower in slots.t1 by" &&
	    first "1 changed for the worse" &&
	    grep -E 'since run0[789] \(2026-11-0[789] 17:00, commit commit[789]\)' \
		"$dir/log"
}
check "a planted slowdown is found at its run, with date and commit" planted
check "and what changed of the arm with it" \
    says "build aaaabbbbcccc against build 1940871b6dc6"
by() {
	awk -F, '$1 == "ALARM" { n++; ok = $2 == "slots.t1" &&
		$3 == "decay" && $4 == "work_ns" && $5 == "slower" &&
		$6 > 1.07 && $6 < 1.13 && $7 < 1.10 && $8 > 1.08 &&
		$10 ~ /^run0[789]$/ }
	    END { exit !(n == 1 && ok) }' "$dir/csv" &&
	    [ "$(wc -l <"$dir/csv")" -eq 11 ]
}
check "by how much, with its interval, in the CSV" by
repeated() {
	cp "$dir/log" "$dir/before" && gate 3 --history "$dir/time" &&
	    cmp "$dir/log" "$dir/before"
}
check "the same history says the same" repeated
since() {
	gate 3 --history "$dir/time" --since run06 --rate 0.2 &&
	    gate 2 --history "$dir/time" --since run08 &&
	    says "run07: before --since" &&
	    gate 1 --history "$dir/time" --since run77 && says "run77"
}
check "--since begins the history there" since
earlier() {
	gate 0 --history "$dir/time" "$dir/time/run07" --rate 0.2 &&
	    says "Newest run: run07" &&
	    says "run08: made after the run that is judged"
}
check "the run to judge can be named; later ones do not count" earlier

mkdir "$dir/steady/run99"
sed 's/"created_utc": *"[^"]*"/"created_utc":"20990101T000000Z"/' \
    "$dir/steady/run14/plan.json" >"$dir/steady/run99/plan.json"
cut_off() {
	gate 0 --history "$dir/steady" && says "run99: it has no samples" &&
	    gate 1 --history "$dir/steady" "$dir/steady/run99" &&
	    says "run99' holds no samples" &&
	    gate 1 --history "$dir/steady/run99" &&
	    says "no run can be judged (run99: it has no samples)"
}
check "a run that was cut off before its first sample is passed over" cut_off
rm -r "$dir/steady/run99"

history memory 14 6 rss=0.8
better() {
	gate 0 --history "$dir/memory" && first "1 for the better" &&
	    grep -E 'better +swing.t2 +ratio +mean RSS +smaller.*run06' \
		"$dir/log"
}
check "a change for the better is told, and no alarm" better

history newest 16 16 bench=1.5
newest() {
	gate 3 --history "$dir/newest" &&
	    first "ALARM: decay is slower in gbench.micro.t1" &&
	    first "since run16" && says "15, 1"
}
check "a large change in the newest run alone is an alarm" newest
history small 14 8 time=1.004 pair=0.2
small() {
	gate 0 --history "$dir/small"
}
check "what is not above the noise floor is none" small
history crash 12 12 fail=1
crash() {
	gate 3 --history "$dir/crash" &&
	    says "decay fails in slots.t1 (1 of 10 samples: segmentation" &&
	    gate 0 --history "$dir/crash" --arm ratio
}
check "an arm that begins to fail is an alarm" crash

# ---- keys and folders ----
keys() {
	"$runs" "$dir/steady/run03" day=3 seed=3 kernel=6.18.2 &&
	    "$runs" "$dir/steady/run04" day=4 seed=4 n=6 &&
	    "$runs" "$dir/steady/run05" day=5 seed=5 program=aaaa &&
	    gate 0 --history "$dir/steady" &&
	    first "over 12 runs" &&
	    says "run03: another key: kernel 6.18.2 against 6.1.0" &&
	    says "slots.t1, swing.t2 in run04: other work (n 6 against 5)" &&
	    says "run05: no value of what is judged"
}
check "runs and cells with another key are left out, by name" keys
force() {
	gate 0 --history "$dir/steady" --force --output "$dir/csv" &&
	    first "over 14 runs" &&
	    says "FORCED although the runs are not comparable: run03: kernel" &&
	    [ "$(grep -c 'run03: kernel 6.18.2 against 6.1.0' "$dir/csv")" \
		-eq 10 ]
}
check "--force keeps them and stands on the result and in the CSV" force
damaged() {
	echo '{' >"$dir/steady/run02/machine.json" &&
	    gate 0 --history "$dir/steady" &&
	    says "run02: cannot be read" && first "over 11 runs"
}
check "a damaged run of the history is left out, by name" damaged
unreadable() {
	gate 1 --history "$dir/nothing" && says "'$dir/nothing'" &&
	    gate 1 --history "$dir/steady" "$dir/steady/run02" &&
	    says "run02/machine.json" && gate 1 "$dir" &&
	    mkdir "$dir/empty" && gate 1 --history "$dir/empty" &&
	    says "no run is in '$dir/empty'"
}
check "what cannot be read is named" unreadable
short() {
	gate 2 --history "$dir/time" --last 6 &&
	    says "it takes 9 comparable runs" && says "there are 6; 3 more" &&
	    says "beyond --last 6"
}
check "a short history is refused and says what is missing" short
usage() {
	gate 2 --history "$dir/time" --metric tempo && says "'tempo'" &&
	    gate 2 --history "$dir/time" --metric p99_ns && gate 2 --rate 2 &&
	    gate 2 "$dir/a" "$dir/b" && gate 0 --help && says "Exit code"
}
check "bad usage is refused" usage
plan
