#!/bin/sh
# Acceptance 8: a run that is killed at random moments, and each time taken up
# by --resume, ends with the same samples as one that nobody disturbed, no block
# twice or in part: acceptance_08_resume.sh BUILD [KILLS]
. "$(dirname "$0")/tap.sh" "$1"
kills=${2:-5}
seed=4711

# The planned place of each sample that is whole, sorted.
places() {
	python3 - "$1" <<'END'
import hashlib, json, os, sys
run = sys.argv[1]
keys = ('id', 'order', 'block', 'position', 'cell', 'arm', 'kind', 'seed',
        'padding')
for line in open(os.path.join(run, 'samples.jsonl'), errors='replace'):
    try:
        sample = json.loads(line)
    except ValueError:
        continue
    for raw in sample['raw'].values():
        with open(os.path.join(run, raw['file']), 'rb') if raw else \
                open(os.devnull, 'rb') as f:
            got = hashlib.sha256(f.read()).hexdigest()
        if raw and got != raw['sha256']:
            break
    else:
        print(*(sample[key] for key in keys), sample['status'])
END
}

# Takes the place of its shell, so that a signal is ebb's.
begin() {
	exec "$build/ebb" run --plan smoke --no-controls --arms glibc,decay --no-report --seed 7 \
	    --workloads micro.pair-64,micro.ring-1000,gbench \
	    --blocks $((4 + 2 * kills)) \
	    --ops-scale 0.1 --out "$dir/$1"
}

# Moments in seconds, the same in each test: from before the first sample on.
moments() {
	awk -v n="$kills" -v seed=$seed 'BEGIN {
		srand(seed); for (i = 0; i < n; i++) print 0.02 + rand() * 0.6 }'
}

(begin undisturbed) >"$dir/log" 2>&1
check "an undisturbed run ends with 0" [ $? = 0 ]
begin killed >"$dir/log" 2>&1 &
pid=$!
until_true 20 sh -c "ls '$dir'/killed/*/plan.json"
run=$(echo "$dir"/killed/*)
sha256sum "$run/plan.json" >"$dir/plan.sha"
ended=0
for moment in $(moments); do
	sleep "$moment"
	kill -KILL $pid 2>/dev/null || ended=$((ended + 1))
	wait $pid
	"$build/ebb" run --resume "$run" --no-report >"$dir/log" 2>&1 &
	pid=$!
done
wait $pid
check "resume after $kills times kill -9 ends with 0" [ $? = 0 ]
check "most of them hit a run" [ $((ended * 2)) -le "$kills" ]
check "plan.json is the first one" sha256sum -c --quiet "$dir/plan.sha"
places "$dir"/undisturbed/* | sort >"$dir/want"
places "$run" | sort >"$dir/got"
check "the same samples as undisturbed, each once" \
    diff "$dir/want" "$dir/got"
check "there are samples" [ "$(wc -l <"$dir/want")" -ge $((8 * kills)) ]
check "no unfinished file is left" sh -c \
    "! find '$run' -name '*.new' | grep ."
plan
