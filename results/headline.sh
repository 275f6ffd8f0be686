#!/bin/sh
# headline.sh RUN: the table of the top README, from a run's summary.csv: how
# long the arms take and how much memory they hold, as ratios to glibc.
# `headline.sh --readme` puts results/reference's into README.md, between its
# markers; harness/test/readme.sh checks that it is there.
set -eu
cells='micro.pair-64.t1 micro.ring-1000.t1 server-slots.larson.t2
	producer-consumer.fixed-64.t2 exchange-pool.mixed.t2
	random-stride.exponential.t2 mixer.mixed.t2 thread-churn.swap.t2
	large-loop.loop-20m.t1 oscillate.interleaved.t1 step-down.arena.t1
	burst-idle.silent.t1'
arms='tcmalloc decay ratio'

table() {
	awk -F, -v cells="$cells" -v arms="$arms" '
	function value(cell, arm, metric,    k) {
		k = cell "," arm "," metric
		return k in text ? text[k] : "–"
	}
	{
		if ($17 != "" && $17 + 0 > 0)
			text[$1 "," $5 "," $6] = sprintf("%.2f [%.2f, %.2f]",
			    $17, $18, $19)
	}
	END {
		n = split(cells, cell, /[ \t\n]+/)
		m = split(arms, arm, " ")
		printf "| time/glibc, RSS/glibc |"
		for (j = 1; j <= m; j++)
			printf " %s: time | RSS |", arm[j]
		printf "\n|---|"
		for (j = 1; j <= m; j++)
			printf "---|---|"
		print ""
		for (i = 1; i <= n; i++) {
			printf "| `%s` |", cell[i]
			for (j = 1; j <= m; j++)
				printf " %s | %s |",
				    value(cell[i], arm[j], "work_ns"),
				    value(cell[i], arm[j], "rss_mean")
			print ""
		}
	}' "$1/summary.csv"
}

case ${1:-} in
--readme)
	new=$(mktemp -d)
	trap 'rm -rf "$new"' EXIT
	table results/reference >"$new/headline"
	awk -v headline="$new/headline" '
	/^<!-- end of headline -->/ { inside = 0 }
	!inside { print }
	/^<!-- headline/ {
		inside = 1
		while ((getline line < headline) > 0)
			print line
	}' README.md >"$new/README"
	cat "$new/README" >README.md
	;;
'' | -*)
	echo "usage: headline.sh RUN | --readme" >&2
	exit 2
	;;
*) table "$1" ;;
esac
