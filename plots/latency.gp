# Percentiles of single calls' time; x is 1 / (1 - q) on a log axis, so that
# each nine has the same width. Redraw with `gnuplot latency.gp`.
load "common.gp"

only(arm, x) = strcol(1) eq arm ? x : NaN
# An open loop's control, in which nothing was allocated, comes last.
control = "clock-only"
shade(a) = a eq control ? ink : colour(a)
stroke(a) = a eq control ? 3 : dashes(a)
sign(a) = a eq control ? 2 : mark(a)
do for [f = 1:|$latency|] {
	name = word($latency[f], 1)
	arms = word($latency[f], 4)
	data = name . ".csv"
	high = 320 + legend_high(words(arms))
	eval fresh
	stats data skip 1 using 4 nooutput name "L"
	# What reading the clock costs; 0 where no sample states it.
	stats data skip 1 using (valid(5) ? $5 : 0) nooutput name "C"
	least = C_max > 0 && C_max < L_min ? C_max : L_min
	eval begin(name, high)
	eval margins(62, 52, 50 + legend_high(words(arms)), high)
	eval heading(word($latency[f], 2), \
	    "time of a call (lower is better ↓)", high)
	timed = ""
	do for [a in arms] {
		if (a ne control) { timed = timed . a . " " }
	}
	eval legend_arms(timed, 0, words(arms), high)
	if (words(timed) < words(arms)) {
		eval legend_entry(words(timed), words(arms), high, control, \
		    sign(control), ink)
	}
	set logscale xy
	set xrange [1:*]
	# Whole decades, and at least one.
	set yrange [10 ** floor(log10(least)): \
	    10 ** (floor(log10(L_max * 0.999)) + 1)]
	set xtics ("50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1e3, \
	    "99.99 %%" 1e4, "99.999 %%" 1e5, "99.9999 %%" 1e6)
	set ytics ("1 ns" 1, "10 ns" 10, "100 ns" 100, "1 µs" 1e3, \
	    "10 µs" 1e4, "100 µs" 1e5, "1 ms" 1e6, "10 ms" 1e7, \
	    "100 ms" 1e8, "1 s" 1e9, "10 s" 1e10)
	set grid xtics ytics
	set xlabel "percentile of calls"
	if (C_max > 0) {
		set arrow from graph 0, first C_max to graph 1, first C_max \
		    nohead dt 3 lc rgb ink
		set label 3 "reading the clock" at graph 0.985, \
		    first C_max right offset 0,-0.55 font ",11" \
		    textcolor rgb ink
	}
	plot \
	    for [a in arms] data skip 1 using 3:(only(a, $4)) \
		with lines lw 1.8 dt stroke(a) lc rgb shade(a), \
	    for [a in arms] data skip 1 using 3:(only(a, $4)) every 30 \
		with points pt sign(a) ps 0.65 lc rgb shade(a)
	set output
}
