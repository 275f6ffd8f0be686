#!/bin/sh
# Acceptance 14: `ebb report` on the made-up run of fixture.h. Every figure is
# there with its data, its script and the command that measures its cell again,
# nothing is fetched, planted values stand in their own rows, and the report can
# be built again and again, to the byte.
set -u
build=$1
ebb=$build/ebb
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
run=$dir/run
n=0

# check NAME COMMAND...: one test line.
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$dir/check.log" 2>&1; then
		echo "ok $n - report: $name"
	else
		echo "not ok $n - report: $name"
		sed 's/^/# /' "$dir/check.log" | head -n 20
	fi
}

# The line of an arm in a cell's table of the terminal.
row() {
	awk -v cell="$1" -v arm="$2" '
		/^[^ ]/ { inside = index($0, cell " (") == 1 }
		inside && $1 == arm { print; exit }' "$dir/out"
}

has_row() { # CELL ARM TEXT
	row "$1" "$2" | grep -F -- "$3" || { row "$1" "$2"; return 1; }
}

# The row of an arm in the page's section of a cell.
page_row() {
	tr -d '\n' <"$run/report.html" | sed 's/<section/\n<section/g' |
	    grep -F "id=\"cell-$1\"" | sed 's/<tr>/\n<tr>/g' |
	    grep -F "</i>$2</th>" | head -n 1 | sed 's,</tr>.*,,'
}

has_page_row() { # CELL-ANCHOR ARM TEXT
	page_row "$1" "$2" | grep -F -- "$3" || { page_row "$1" "$2"; return 1; }
}

"$build/test/harness/fixture" "$run"
"$ebb" report "$run" >"$dir/out" 2>"$dir/err"
echo $? >"$dir/code"
check "exit code 0" grep -qx 0 "$dir/code"
check "nothing on stderr" test ! -s "$dir/err"
for file in summary.csv gbench.json report.md report.html; do
	check "$file is written" test -s "$run/$file"
done

# ---- figures ----
figures=$(sed -n 's/^"\([^"]*\)" "[^"]*" [0-9].*/\1/p' "$run/plots/run.gp")
every_figure() {
	[ "$(echo "$figures" | wc -l)" -eq 23 ] || return 1
	for f in $figures; do
		for ending in svg csv; do
			[ -s "$run/plots/$f.$ending" ] ||
			    { echo "$f.$ending"; return 1; }
		done
	done
}
check "every figure has its SVG and its data" every_figure
kinds() {
	for kind in ratio-time ratio-memory ratio-gbench \
	    throughput-step-down.t1 latency-step-down.t1 \
	    rss_time-step-down.t1 purge-step-down.t1 pareto-step-down.t1 \
	    lazyfree-step-down.t1 census-step-down.t1; do
		echo "$figures" | grep -qx "$kind" || { echo "$kind"; return 1; }
	done
}
check "every kind of figure is drawn" kinds
inlined() {
	svgs=$(grep -c '<svg ' "$run/report.html")
	echo "$svgs in the page"
	[ "$svgs" -eq "$(echo "$figures" | wc -l)" ] &&
	    ! grep -q 'figure is missing' "$run/report.html"
}
check "every figure is inside the page" inlined
redraws() {
	for script in ratio rss_time latency throughput purge pareto \
	    lazyfree census; do
		(cd "$run/plots" && cp "$script"*.svg "$dir" &&
		    gnuplot "$script.gp") || return 1
		for svg in "$run/plots/$script"*.svg; do
			cmp "$svg" "$dir/${svg##*/}" || return 1
		done
	done
}
check "gnuplot SCRIPT in plots/ draws the same again" redraws
failed_not_drawn() {
	! grep -q fill-full "$run/plots/throughput-server-slots.t2.csv" &&
	    ! grep 'micro.pair-64.t1.*decay-notcache' \
		"$run/plots/ratio-time.csv"
}
check "a failed arm is in no figure" failed_not_drawn

# A figure's data: CSV KIND-CELL, rows of an arm, one column, the last of them.
last() { # FILE ARM COLUMN
	awk -F, -v arm="$2" -v column="$3" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
		NR > 1 && $1 == arm { x = $c } END { print x }' \
		"$run/plots/$1.csv"
}
is() { # WANTED GOT
	[ "$1" = "$2" ] || { echo "wanted '$1', got '$2'"; return 1; }
}
# Within a tenth.
near() { # WANTED GOT
	awk -v w="$1" -v g="$2" 'BEGIN { exit !(g > 0.9 * w && g < 1.1 * w) }' ||
	    { echo "wanted about $1, got '$2'"; return 1; }
}
pareto() {
	is 1 "$(last pareto-step-down.t1 glibc time)" &&
	    is "" "$(last pareto-step-down.t1 glibc time_lo)" &&
	    near 1.03 "$(last pareto-step-down.t1 ratio time)" &&
	    near 0.5 "$(last pareto-step-down.t1 ratio rss)" &&
	    near 0.5 "$(last pareto-step-down.t1 ratio front_rss)" &&
	    near 0.7 "$(last pareto-step-down.t1 decay front_rss)" &&
	    is 1 "$(last pareto-step-down.t1 glibc front_rss)" &&
	    is "" "$(last pareto-step-down.t1 tcmalloc front_rss)"
}
check "who is on the front of time and memory" pareto
lazyfree() {
	# tcmalloc keeps 172 MiB resident, of which decay would keep 39.
	near 172 "$(last lazyfree-step-down.t1 tcmalloc rss_mib)" &&
	    near 38 "$(last lazyfree-step-down.t1 tcmalloc \
		rss_less_lazyfree_mib)" &&
	    near 40 "$(last lazyfree-step-down.t1 decay rss_mib)" &&
	    is "" "$(last lazyfree-step-down.t1 decay rss_less_lazyfree_mib)"
}
check "RSS without LazyFree" lazyfree
census() {
	is 120 "$(last census-step-down.t1 decay madvise_dontneed_mib)" &&
	    is "" "$(last census-step-down.t1 decay madvise_free_mib)" &&
	    is 128 "$(last census-step-down.t1 tcmalloc madvise_free_mib)" &&
	    is 16 "$(last census-step-down.t1 glibc munmap_mib)" &&
	    near 40 "$(last census-step-down.t1 decay rss_mib)"
}
check "what the kernel got back, over time" census
no_census() {
	! ls "$run/plots" | grep -e 'census-micro' -e 'census-server' \
	    -e 'lazyfree-oscillate' -e 'pareto-gbench'
}
check "no figure where there is nothing to draw" no_census
phases() {
	for kind in rss_time lazyfree census; do
		grep -q '^hold,' "$run/plots/$kind-step-down.t1.phases.csv" ||
		    { echo "$kind"; return 1; }
	done
}
check "figures over time have the phases" phases
units() {
	for svg in "$run"/plots/*.svg; do
		grep -q 'is better\|given back' "$svg" || { echo "$svg"; return 1; }
	done
}
check "axes say the direction" units

# ---- the page ----
check "the page fetches nothing" \
    sh -c '! grep -n "http\|src=\|@import\|<link\|<script" "$1"' - \
    "$run/report.html"
links() {
	grep -o 'href="[^#"][^"]*"' "$run/report.html" |
	    sed 's/href="//; s/"$//' | sort -u | while read -r f; do
		[ -e "$run/$f" ] || echo "$f"
	done >"$dir/missing"
	cat "$dir/missing"
	[ ! -s "$dir/missing" ]
}
check "every link of the page leads somewhere" links
unique() {
	grep -o " id=[\"'][^\"']*[\"']" "$run/report.html" | tr "'" '"' |
	    sort | uniq -d >"$dir/twice"
	cat "$dir/twice"
	[ ! -s "$dir/twice" ]
}
check "ids are unique" unique
anchors() {
	grep -o "href=[\"']#[^\"']*" "$run/report.html" | sed 's/.*#//' |
	    sort -u | while read -r a; do
		grep -q "id=[\"']${a}[\"']" "$run/report.html" || echo "$a"
	done >"$dir/missing"
	cat "$dir/missing"
	[ ! -s "$dir/missing" ]
}
check "references inside the page are met" anchors
check "the page works on phone and desk, light and dark" sh -c '
	grep -q "width=device-width" "$1" &&
	grep -q "prefers-color-scheme:dark" "$1"' - "$run/report.html"
markdown() {
	grep -o '](plots/[^)]*)' "$run/report.md" | sed 's/](//; s/)//' |
	    sort -u | while read -r f; do
		[ -e "$run/$f" ] || echo "$f"
	done >"$dir/missing"
	cat "$dir/missing"
	[ ! -s "$dir/missing" ] &&
	    [ "$(grep -c '^!\[' "$run/report.md")" -eq 23 ]
}
check "report.md refers to figures that exist" markdown
top() {
	for text in 'decay against glibc: work time faster in 3 of 4' \
	    '42 comparisons carry a verdict' 'Measured 2026-11-22' \
	    'commit 0123456789ab' 'Example CPU' 'c2c2c2c2' \
	    'What could not be measured' 'arm-missing' \
	    'purge:ratio decay\\*_time:1' 'What this run could measure' \
	    'hardware counters | \*\*no' 'Sampling used 0.41 % of the time samples' \
	    'tcmalloc in step-down.t1: RSS stays at 17[0-9] MiB while RSS'; do
		grep -q "$text" "$run/report.md" || { echo "$text"; return 1; }
	done
}
check "the top says verdicts, machine, arms, gaps, warnings, age" top

# ---- planted values in their rows ----
check "decay's time in oscillate" has_row oscillate.interleaved.t1 decay \
    "0.900 [0.894, 0.906]  faster"
check "ratio's time in oscillate" has_row oscillate.interleaved.t1 ratio \
    "1.250 [1.241, 1.259]  slower"
check "ratio's memory in step-down" has_row step-down.t1 ratio \
    "0.500 [0.499, 0.501]  smaller"
check "decay is equivalent in step-down" has_row step-down.t1 decay \
    "equivalent"
check "tcmalloc's time in micro" has_row micro.pair-64.t1 tcmalloc \
    "0.800 [0.794, 0.806]  faster"
check "ratio's purged pages" has_row oscillate.interleaved.t1 ratio "48.0 k"
check "a crashed arm is failed" has_row server-slots.t2 fill-full FAILED
check "an arm that ran out of time is failed" \
    has_row micro.pair-64.t1 decay-notcache FAILED
no_numbers() {
	row server-slots.t2 fill-full
	! row server-slots.t2 fill-full | sed 's/fill-full//' | grep '[0-9]'
}
check "a failed arm has no number" no_numbers
check "the page: decay's time in oscillate" has_page_row \
    oscillate-interleaved-t1 decay "0.900 [0.894, 0.906]"
check "the page: tcmalloc's memory in server-slots" has_page_row \
    server-slots-t2 tcmalloc "1.600 [1.598, 1.602]"
check "the page: a failed arm" has_page_row micro-pair-64-t1 \
    decay-notcache '>FAILED<'
for why in 'unsupported (glibc exports no purge counter)' \
    'no latency samples in this plan' \
    'fewer than 10/(1-q) = 1000 timed calls (40)' \
    '2 of 12 samples crashed (signal 11): segmentation fault'; do
	check "a blank says: $why" grep -qF "$why" "$dir/out"
done
events() {
	for text in '| decay | 120 MiB | 480, 120 MiB | 0 |' \
	    '| tcmalloc | 128 MiB | 0 | 512, 128 MiB |' \
	    'data TLB misses: unsupported (no counter of this CPU)' \
	    '| ratio | 50.0 % | 6.2 % | 25.0 % malloc (libx.so)'; do
		grep -qF "$text" "$run/report.md" || { echo "$text"; return 1; }
	done
}
check "tables of system calls, counters, functions" events
folded() {
	tr -d '\n' <"$run/report.html" | sed 's/<section/\n<section/g' |
	    grep -F 'id="cell-step-down-t1"' >"$dir/cell"
	for text in 'System calls for memory' 'Counters of the CPU' \
	    'Where the time went'; do
		grep -qF "<details><summary>$text" "$dir/cell" ||
		    { echo "$text"; return 1; }
	done
}
check "secondary tables are folded" folded
contents() {
	for c in oscillate-interleaved-t1 step-down-t1 server-slots-t2 \
	    micro-pair-64-t1 gbench-micro-t1; do
		sed -n '/<nav/,/<\/nav>/p' "$run/report.html" |
		    grep -q "href=\"#cell-$c\"" || { echo "$c"; return 1; }
	done
}
check "the contents lead to every cell" contents
check "the terminal says what sampling cost" \
    grep -q 'Sampling used 0.41 % of the time samples' "$dir/out"
check "and what could not be measured" \
    grep -q 'hardware counters: no (no counter of this CPU' "$dir/out"
check "the command that measures a cell again" grep -qF \
    "build/ebb run --plan default --seed 42 --workloads step-down" \
    "$run/report.md"
every_command() { # each cell's own, in both documents
	cells=$(grep -c '^## .*[.]t[0-9]*$' "$run/report.md")
	echo "$cells cells"
	[ "$cells" -ge 5 ] || return 1
	for document in report.md report.html; do
		[ "$(grep -c '^ *\(<pre>\)\{0,1\}build/ebb run --plan' \
		    "$run/$document")" = "$cells" ] || {
			grep -n 'build/ebb run --plan' "$run/$document"
			return 1
		}
	done
}
check "every cell's figures have such a command" every_command
check "it says at the top that the run has no controls" sh -c \
    'head -n 6 "$1" | grep -q "Controls: NONE in this run"' - "$run/report.md"
csv_row() {
	grep '^step-down.t1,step-down,,1,ratio,work_ns,ns,lower,10,' \
	    "$run/summary.csv" | grep ',glibc,10,1.03,.*,slower,0,,0.00'
}
check "summary.csv holds the ratio" csv_row

details() { # CAPTION ARM TEXT
	sed -n "/^### $1/,/^##/p" "$run/report.md" | grep -F "| $2 |" |
	    grep -F -- "$3" && grep -q "<summary>$1</summary>" "$run/report.html"
}
check "effect sizes: Hodges-Lehmann, Cliff's delta, p" details \
    "Effect sizes" ratio "| 10 | 1.25"
check "percentiles have ratios, and say why no interval" details \
    "Percentiles of latency" ratio "(a) |"
check "what is tested for drift and modes is counted" \
    grep -q 'tested for drift and lag-1 autocorrelation, [0-9]* for two' \
    "$run/report.md"

# ---- again, elsewhere, damaged ----
sums() {
	(cd "$run" && find . -type f ! -path './raw/*' | sort |
	    xargs cksum)
}
sums >"$dir/before"
"$ebb" report "$run" >"$dir/out2" 2>&1
sums >"$dir/after"
check "building it again changes nothing" cmp "$dir/before" "$dir/after"
check "and prints the same" cmp "$dir/out" "$dir/out2"
moved() {
	cp -R "$run" "$dir/moved" && (cd "$dir" && "$ebb" report moved) &&
	    grep -q '<svg ' "$dir/moved/report.html"
}
check "a moved run is reported from its own folder" moved

mkdir "$dir/empty"
PATH=$dir/empty "$ebb" report "$run" >"$dir/out3" 2>&1
echo $? >"$dir/code"
check "without gnuplot: exit code 0" grep -qx 0 "$dir/code"
check "without gnuplot: the remedy is named" \
    grep -q 'apt-get install *gnuplot-nox\|apt-get$' "$dir/out3"
without() {
	grep -q 'figure is missing: gnuplot is not installed' \
	    "$run/report.html" &&
	    has_page_row oscillate-interleaved-t1 decay "0.900 [0.894"
}
check "without gnuplot: the page is complete, figures named" without

cut=$dir/cut
"$build/test/harness/fixture" "$cut" 100
"$ebb" report "$cut" >"$dir/out4" 2>&1
echo $? >"$dir/code"
check "an interrupted run: exit code 0" grep -qx 0 "$dir/code"
check "an interrupted run says how far it came" \
    grep -qF "100 of 332 samples" "$cut/report.html"
none=$dir/none
"$build/test/harness/fixture" "$none" 0
check "a run without any sample yet is reported" "$ebb" report "$none"

# replace RUN FILE: stdin becomes that raw file, and its hash that of the line.
replace() {
	cat >"$dir/new"
	was=$(sha256sum <"$2")
	is=$(sha256sum <"$dir/new")
	mv "$dir/new" "$2"
	sed -i "s/${was%% *}/${is%% *}/" "$1/samples.jsonl"
}

# Samples that ended after no reading, one, or two without live bytes.
short=$dir/short
shorten() { # LINES
	rm -rf "$short"
	"$build/test/harness/fixture" "$short" 8
	for f in "$short"/raw/*.series; do
		awk -F, -v OFS=, -v lines="$1" '
			NR > lines { exit }
			NR > 1 { $5 = "" }
			{ print }' "$f" | replace "$short" "$f"
	done
	"$ebb" report "$short" >"$dir/out5" 2>&1 &&
	    ! grep -e 'failed: ' -e 'raw files of' "$dir/out5"
}
for lines in 1 2 3; do
	check "figures of series with $lines lines" shorten $lines
done
untimed() {
	for f in "$run"/raw/*.hist; do
		[ -e "$f" ] || return 1
		echo '{"lg_sub":7,"count":0,"min":0,"max":0,"buckets":[]}' |
		    replace "$run" "$f"
	done
	"$ebb" report "$run" >"$dir/out6" 2>&1 &&
	    grep -qF 'fewer than 10/(1-q) = 20 timed calls (0)' "$dir/out6" &&
	    ! grep 'no histogram\|raw files of' "$dir/out6"
}
check "latency samples in which no call was timed" untimed

# ---- the command ----
"$ebb" report "$run" --metric minflt >"$dir/metric" 2>&1
check "--metric prints that metric" grep -q 'minor faults' "$dir/metric"
"$ebb" report "$run" --metric nonsense >"$dir/metric" 2>&1
echo $? >"$dir/code"
check "an unknown metric: exit code 2" grep -qx 2 "$dir/code"
check "an unknown metric: those there are" grep -q 'work_ns' "$dir/metric"
"$ebb" report "$run" --metric minflt >/dev/full 2>"$dir/metric"
echo $? >"$dir/code"
check "output that does not arrive: exit code 1" grep -qx 1 "$dir/code"
check "output that does not arrive: why" grep -q 'No space' "$dir/metric"
"$ebb" report "$dir/nowhere" >"$dir/metric" 2>&1
echo $? >"$dir/code"
check "no such run: exit code 1" grep -qx 1 "$dir/code"
check "no such run: it is named" grep -q "$dir/nowhere" "$dir/metric"
echo "1..$n"
