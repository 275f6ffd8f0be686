#!/bin/sh
# --pin, --bind and --thp reach the samples, and each sample proves it: one
# that left its CPUs is no number. What the machine cannot give is refused.
. "$(dirname "$0")/tap.sh" "$1"

run() { # run FOLDER OPTION...
	folder=$1
	shift
	"$build/ebb" run --plan smoke --arms glibc --workloads micro.pair-64 \
	    --threads 1 --blocks 1 --ops-scale 0.1 --no-controls --no-report \
	    --out "$dir/$folder" "$@" >"$dir/log" 2>&1
}

# Every line of the run has it; COUNT lines there are.
every() { # every FOLDER TEXT
	total=$(grep -c . "$dir/$1"/*/samples.jsonl) &&
	    [ "$(grep -c -e "$2" "$dir/$1"/*/samples.jsonl)" = "$total" ]
}

refused() { # refused WORDS OPTION...
	words=$1
	shift
	run refused "$@"
	[ $? = 2 ] && grep -q -e "$words" "$dir/log" && [ ! -e "$dir/refused" ]
}

check "without --pin the plan says so" sh -c "
	'$build/ebb' run --help | grep -q -e '--pin=none|cpus'"
check "a run without it" run free
check "its plan and lines say that nothing was bound" sh -c "
	grep -q '\"cpus\": \"none\"' '$dir'/free/*/plan.json &&
	grep -q '\"placement\":{\"cpus\":\"[0-9]' '$dir'/free/*/samples.jsonl"

if run pinned --pin cpus; then
	check "--pin cpus: one CPU for one thread, at begin and end" \
	    every pinned '"cpus":"\([0-9]*\)",.*"cpus_end":"\1"'
	check "the plan has it" \
	    grep -q '"cpus": "cpus"' "$dir"/pinned/*/plan.json
	cpus=$(grep -c ^processor /proc/cpuinfo)
	allowed=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' \
	    /proc/self/status)
	if command -v taskset >/dev/null && [ "$cpus" -gt 1 ] &&
	    [ "$allowed" = "0-$((cpus - 1))" ]; then
		check "a program that leaves its CPU is no number: exit 1" sh -c "
			'$build/ebb' ab -a glibc -b decay --blocks 2 \
			    --no-controls --no-report --pin cpus \
			    --out '$dir/moved' -- sh -c \
			    'taskset -pc 0 \$\$; taskset -pc 1 \$\$; sleep 0.2' \
			    >'$dir/log' 2>&1
			[ \$? = 1 ]"
		check "it is wrong-placement, and named" sh -c "
			grep -q '\"status\":\"wrong-placement\".*moved itself to 1' \
			    '$dir'/moved/*/samples.jsonl &&
			! grep -q '\"status\":\"ok\"' \
			    '$dir'/moved/*/samples.jsonl"
	else
		skip "a program that leaves its CPU" "needs two CPUs, taskset"
	fi
else
	skip "--pin cpus" "$(tail -n 1 "$dir/log")"
fi

if run huge --thp never; then
	check "--thp never: the kernel says so of every sample" \
	    every huge '"thp_enabled":0'
else
	skip "--thp never" "$(tail -n 1 "$dir/log")"
fi
if run bound --bind auto; then
	check "--bind auto: the policy of every sample, and its pages" sh -c "
		grep -q '\"pages_by_node\":{\"[0-9]*\":[1-9]' \
		    '$dir'/bound/*/samples.jsonl"
	check "... every sample" every bound '"policy":"bind:[0-9]*"'
else
	skip "--bind auto" "$(tail -n 1 "$dir/log")"
fi

check "a node that is not there is refused" refused 'no memory node' --bind 63
check "a wrong word is refused" refused "cpus" --pin all
check "more huge pages than the machine has are refused" sh -c "
	mkdir -p '$dir/root/sys/kernel/mm/transparent_hugepage'
	echo 'always [madvise] never' \
	    >'$dir/root/sys/kernel/mm/transparent_hugepage/enabled'
	EBB_SYSROOT='$dir/root' '$build/ebb' run --plan smoke --arms glibc \
	    --thp always --out '$dir/never' >'$dir/log' 2>&1
	[ \$? = 2 ] && grep -q 'ebb doctor --thp always' '$dir/log' &&
	    [ ! -e '$dir/never' ]"
plan
