#!/bin/sh
# Orders of linking as a nuisance factor, and ways of linking as a factor: what
# the plan draws, what samples prove, and what a resumed run refuses.
. "$(dirname "$0")/tap.sh" "$1"

# A build folder of our own, whose programs can be exchanged.
mkdir "$dir/build"
for file in "$build"/*; do
	case ${file##*/} in
	links | programs.json | ebb) cp -R "$file" "$dir/build/" ;;
	*) ln -s "$file" "$dir/build/" ;;
	esac
done
ebb=$dir/build/ebb

"$ebb" run --plan smoke --no-controls --arms glibc,decay --link preload,linked,static \
    --workloads micro.pair-64 --blocks 4 --ops-scale 0.05 --no-report \
    --seed 5 --out "$dir/out" >"$dir/log" 2>&1
code=$?
run=$(echo "$dir"/out/*)
lines=$run/samples.jsonl

# of ARM WORDS: the arm's samples, all of which must say each of the words.
of() {
	grep "\"arm\":\"$1\"" "$lines" >"$dir/lines" || return 1
	shift
	for word in "$@"; do
		[ "$(grep -c -- "$word" "$dir/lines")" = \
		    "$(grep -c . "$dir/lines")" ] || return 1
	done
}

# Blocks of time samples with that order, over all arms.
order_blocks() {
	grep '"kind":"time"' "$lines" |
	    grep -o '"block":[0-9]*,.*"link":[0-3],' |
	    sed 's/"block":\([0-9]*\),.*"link":\([0-3]\),/\1 \2/' | sort -u
}

each_order_once() {
	[ "$(order_blocks | wc -l)" = 4 ] &&
	    [ "$(order_blocks | cut -d' ' -f2 | sort | tr -d '\n')" = 0123 ]
}

program_is_drawn() { # of each sample: the program is that of the order
	for order in 1 2 3; do
		grep "\"link\":$order," "$lines" >"$dir/lines" || return 1
		[ "$(grep -c "build/links/$order/workload" "$dir/lines")" = \
		    "$(grep -c . "$dir/lines")" ] || return 1
	done
}

check "a run in three ways of linking" [ "$code" = 0 ]
check "a block of each order of linking, the same for its arms" each_order_once
check "samples run the program of their order" program_is_drawn
check "preloaded: proven, and the command says it" of decay \
    '"link":"preload","owners":{"malloc":{"file":"[^"]*libebb.so"' \
    '"LD_PRELOAD='
check "linked: the library, without LD_PRELOAD" of decay@linked \
    '"link":"linked","owners":{"malloc":{"file":"[^"]*libebb.so' \
    '"command":\["env","[^"]*workload-decay-linked"'
check "static: the program itself" of decay@static \
    '"link":"static","owners":{"malloc":{"file":"[^"]*workload-decay-static"' \
    '"command":\["env","[^"]*workload-decay-static"'
check "options are read back in each" of 'decay[a-z@]*' '"purge":"decay"'
check "all samples are ok" sh -c \
    "[ \$(grep -c . '$lines') -ge 16 ] && ! grep -v '\"status\":\"ok\"' '$lines'"
"$ebb" report "$run" >"$dir/terminal" 2>&1
check "the report says how each was linked" sh -c \
    "grep -q '^| decay@static |.*| static |' '$run/report.md' &&
	grep -q '^| decay@linked |.*| linked |' '$run/report.md'"
check "the command that repeats it names the arms" \
    grep -q -- '--arms glibc,decay,decay@linked,decay@static' "$run/report.md"

# One of the programs is another build.
tail -n 1 "$lines" >"$dir/last" && sed -i '$d' "$lines"
order=$(sed 's/.*"link":\([0-3]\),.*/\1/' "$dir/last")
program=$dir/build/links/$order/workload-decay-static
cp "$program" "$dir/mine"
cp "$build/links/$order/workload-ratio-static" "$program"
check "resume refuses a program that was rebuilt" sh -c "
	'$ebb' run --resume '$run' --no-report >'$dir/log' 2>&1
	[ \$? = 2 ] && grep -q 'workload-decay-static. was rebuilt' '$dir/log'"
check "a new run refuses it too" sh -c "
	'$ebb' run --plan smoke --arms glibc --out '$dir/new' >'$dir/log' 2>&1
	[ \$? = 2 ] && grep -q 'make workloads' '$dir/log' && [ ! -e '$dir/new' ]"
cp "$dir/mine" "$program"
check "with the first one back, resume completes it" \
    "$ebb" run --resume "$run" --no-report
check "each sample is there once" [ "$(grep -o '"id":"s[0-9]*"' "$lines" |
    sort | uniq -d | wc -l)" = 0 ]

# Work is frozen: the first arm of a block is the reference of the others. Here
# it did something else.
sed -i '/"block":3,.*"kind":"time"/{
	/"arm":"decay@static"/d
	s/"checksum":"[0-9a-f]*"/"checksum":"0123"/
}' "$lines"
check "a sample that did other work than its block is no number" sh -c "
	'$ebb' run --resume '$run' --no-report >'$dir/log' 2>&1
	[ \$? = 1 ] && tail -n 1 '$lines' | grep '\"status\":\"check-failed\"' |
	    grep -q 'not the same work'"

check "a way of linking there is not" sh -c "
	'$ebb' run --link dlopen >'$dir/log' 2>&1
	[ \$? = 2 ] && grep -q 'preload, linked or static' '$dir/log'"
check "an arm that no program is linked with" sh -c "
	'$ebb' run --arms glibc,tcmalloc,fill-full --link static >'$dir/log' 2>&1
	[ \$? = 2 ] && grep -q 'fill-full\|tcmalloc' '$dir/log'"
plan
