# Resident memory over time: median and quartile band of each allocator, the
# bytes the program holds as an area, phases shaded.
# Redraw with `gnuplot rss_time.gp`.
load "common.gp"

only(arm, x) = strcol(1) eq arm ? x : NaN
do for [f = 1:|$rss_time|] {
	name = word($rss_time[f], 1)
	arms = word($rss_time[f], 4)
	data = name . ".csv"
	phases = name . ".phases.csv"
	high = 330 + legend_high(words(arms) + 1)
	eval fresh
	stats data skip 1 using 2 nooutput name "T"
	stats data skip 1 using 5 nooutput name "R"
	# A short process shows no live bytes.
	stats data skip 1 using (valid(6) ? column(6) : 0) nooutput name "B"
	top = (R_max > B_max ? R_max : B_max) * 1.12
	eval begin(name, high)
	eval margins(48, 52, 50 + legend_high(words(arms) + 1), high)
	eval heading(word($rss_time[f], 2), \
	    "resident memory, MiB (lower is better ↓)", high)
	eval legend_entry(0, words(arms) + 1, high, "live bytes", 5, area)
	eval legend_arms(arms, 1, words(arms) + 1, high)
	eval time_axis(T_max)
	set yrange [0:top]
	plot \
	    phases skip 1 using @phase_spans \
		with boxxyerror fc rgb band, \
	    data skip 1 using ($2 * unit):(only(baseline, $6)) \
		with filledcurves y1=0 fc rgb area fs solid 0.7, \
	    for [a in arms] data skip 1 \
		using ($2 * unit):(only(a, $4)):(only(a, $5)) with filledcurves \
		fc rgb colour(a) fs transparent solid 0.15, \
	    for [a in arms] data skip 1 using ($2 * unit):(only(a, $3)) with lines \
		lw 1.8 dt dashes(a) lc rgb colour(a), \
	    for [a in arms] data skip 1 using ($2 * unit):(only(a, $3)) every 40 \
		with points pt mark(a) ps 0.65 lc rgb colour(a), \
	    phases skip 1 using @phase_names with labels \
		textcolor rgb ink font ",11"
	set output
}
