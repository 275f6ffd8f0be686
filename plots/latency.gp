# Percentiles of single calls' time; x is 1 / (1 - q) on a log axis, so that
# each nine has the same width. Redraw with `gnuplot latency.gp`.
load "common.gp"

do for [f = 1:|$latency|] {
	name = word($latency[f], 1)
	data = name . ".csv"
	eval fresh
	eval begin(name, 340)
	set title word($latency[f], 2)
	set logscale xy
	set xrange [1:*]
	set yrange [*:*]
	set xtics ("0 %%" 1, "50 %%" 2, "90 %%" 10, "99 %%" 100, \
	    "99.9 %%" 1e3, "99.99 %%" 1e4, "99.999 %%" 1e5, "99.9999 %%" 1e6)
	set format y "%.0s %cs"
	set xlabel "percentile of calls"
	set ylabel "time of a call — lower is better ↓"
	set key bottom center outside horizontal
	only(arm, x) = strcol(1) eq arm ? x : NaN
	plot \
	    for [a in names] data skip 1 using 3:(only(a, $4) * 1e-9) \
		with lines lw 2 dt dashes(a) lc rgb colour(a), \
	    for [a in names] data skip 1 \
		using 3:(only(a, $4) * 1e-9) every 30 with points \
		pt mark(a) ps 0.7 lc rgb colour(a), \
	    for [a in names] keyentry with linespoints lw 2 dt dashes(a) \
		pt mark(a) ps 0.7 lc rgb colour(a) title a
	set output
}
