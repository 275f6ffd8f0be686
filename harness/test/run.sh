#!/bin/sh
# A tiny run from beginning to end, with glibc only: what is in the folder. That
# the same seed gives the same plan: acceptance_10_seed.sh.
. "$(dirname "$0")/tap.sh" "$1"

run() {
	"$build/ebb" run --plan smoke --no-controls --arms glibc --no-report \
	    --workloads 'micro.pair-64,micro.ring-1000,server-slots,gbench' \
	    --threads 1 --blocks 2 --ops-scale 0.3 --seed 5 --out "$dir/$1"
}

all_ok() {
	[ "$(grep -c '"status":"ok"' "$lines")" = "$(grep -c . "$lines")" ]
}

count() {
	planned=$(grep -c '"id"' "$run/plan.json")
	[ "$planned" -ge 9 ] && [ "$(grep -c . "$lines")" = "$planned" ]
}

# Every hash in the lines is that of the file beside it.
hashes() {
	grep -o '"file":"raw/[^"]*","sha256":"[0-9a-f]*"' "$lines" |
	    sed 's/"file":"\([^"]*\)","sha256":"\(.*\)"/\2  \1/' \
	    >"$dir/sums"
	[ -s "$dir/sums" ] && (cd "$run" && sha256sum -c --quiet "$dir/sums")
}

series() {
	head -n 1 "$run"/raw/s000000.series | grep -qx \
	    't_ns,rss,anon,lazyfree,live,phase,pactive,pdirty,npurge,nmadvise,purged,mapped,retained,calls,minflt,dirtied,nfills,nflushes,chance_age,anon_huge,swap,page_tables,nticks,lock_waits' &&
	    cat "$run"/raw/*.series | grep -q ',work,' # not in the shortest
}

metrics() {
	for metric in ops_per_s work_ns rss_mean rss_peak live_peak; do
		grep '"kind":"time"' "$lines" |
		    grep -qv "\"$metric\":\([0-9]\|{\"unsupported\":\"[0-2] readings\)" && return 1
	done
	grep -q '"npurge":{"unsupported":"glibc exports' "$lines" &&
	    grep '"kind":"latency"' "$lines" | grep -q '"p50_ns":[0-9]' &&
	    grep '"kind":"gbench"' "$lines" | grep -q '"gb:micro/pair-64/'
}

identity() {
	[ "$(grep -c '"malloc":{"file":"[^"]*libc[.-]' "$lines")" = \
	    "$(grep -c . "$lines")" ]
}

seeds_shared() {
	# All arms of a block have its seed; other blocks have other seeds.
	[ "$(grep -o '"cell": "micro.pair-64.t1", "arm": "glibc", "kind": "time", "seed": [0-9]*' \
	    "$run/plan.json" | sort -u | wc -l)" -le 2 ]
}

# Nothing in the folder names a folder of this machine.
paths() {
	! grep -rn -e "$(pwd)" -e "$build" -e "$dir" "$run"
}

# The options stand in the plan, so that they can be given again.
argv() {
	for option in --plan=smoke --arms=glibc --ops-scale=0.3 --seed=5; do
		grep -q "\"$option\"" "$run/plan.json" || return 1
	done
}

commit() {
	version=$("$build/ebb" --version)
	grep -q "\"ebb_commit\": \"$(echo "$version" |
	    sed -n 's/^ebb .* (\(.*\))$/\1/p')\"" "$run/machine.json"
}

# Each peer is an arm when it is installed, else what to install is said.
peers() {
	for peer in tcmalloc jemalloc5 mimalloc tbbmalloc; do
		grep -Eq "^  $peer +peer +/|^  $peer: skipped \(apt-get" \
		    "$dir/list" || return 1
	done
}

check "run ends with 0" run a
run=$(echo "$dir"/a/*)
lines=$run/samples.jsonl
check "machine.json is there" grep -q '"kernel"' "$run/machine.json"
check "the machine's state is kept at begin and end" sh -c "
	[ \"\$(grep -c buddyinfo '$run/machine_states.jsonl')\" = 2 ]"
check "the program that ran has its hash" grep -q \
    "$(sha256sum <"$build/workload" | cut -d ' ' -f 1)" "$run/machine.json"
check "each line says where it ran and what else did" sh -c "
	[ \"\$(grep -c '\"placement\":{\"cpus\":\"[0-9].*\"others_ns\"\|\"others_ns\".*\"placement\":{\"cpus\":\"[0-9]' '$lines')\" = \
	  \"\$(grep -c . '$lines')\" ]"
check "one line a planned sample" count
check "all samples are ok" all_ok
check "raw files have their hashes" hashes
check "series has its columns and phases" series
check "metrics are numbers or reasons" metrics
check "each sample names malloc's owner" identity
check "options are kept" argv
check "the commit that was built is kept" commit
"$build/ebb" list >"$dir/list"
check "peers are there or named" peers
mkdir "$dir/here"
check "with a library of the user's own" sh -c "
	cd '$dir/here' && cp '$build/variants/decay/libebb.so' mine.so &&
	'$build/ebb' run --plan smoke --no-controls --arms glibc,tcmalloc \
	    --allocator mine=mine.so --workloads 'micro.pair-64,gbench' \
	    --blocks 1 --ops-scale 1 --out results"
kept=$run
run=$(echo "$dir"/here/results/*)
check "files name no folder of this machine" paths
# Its processes are short, but long enough to be read: each is classified, or
# said to be too short for it.
classified() {
	"$build/ebb" report "$run" >"$dir/report" 2>&1 || return 1
	tr -s ' \n' ' ' <"$dir/report" |
	    grep -E 'Of [1-9][0-9]* processes with a work phase: flat'
}
check "its report says how many processes had a steady state" classified
check "the library is named as it was typed" \
    grep -q '"path": "./mine.so"' "$run/plan.json"
run=$kept
check "a dry run writes nothing" sh -c "
	'$build/ebb' run --plan smoke --no-controls --arms glibc --workloads micro.pair-64 \
	    --blocks 1 --dry-run --out '$dir/dry' | grep -q 'takes' &&
	[ ! -e '$dir/dry' ]"
plan
