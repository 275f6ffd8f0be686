# Resident memory over time: median and quartile band of each allocator, the
# bytes the program holds as an area, phases shaded.
# Redraw with `gnuplot rss_time.gp`.
load "common.gp"

do for [f = 1:|$rss_time|] {
	name = word($rss_time[f], 1)
	data = name . ".csv"
	eval fresh
	phases = name . ".phases.csv"
	stats data skip 1 using 2 nooutput name "T"
	stats data skip 1 using 5 nooutput name "R"
	eval begin(name, 360)
	set title word($rss_time[f], 2)
	set xlabel "time since the process began (s)"
	set ylabel "resident memory (MiB) — lower is better ↓"
	set key bottom center outside horizontal
	set grid ytics noxtics
	only(arm, x) = strcol(1) eq arm ? x : NaN
	top = R_max * 1.1
	set xrange [0:T_max]
	set yrange [0:top]
	# A name only where its span is wide enough for it.
	label(span) = span > T_max * 0.09
	plot \
	    phases skip 1 using 2:(0):2:3:(0):($4 == 1 ? top : 0) \
		with boxxyerror fc rgb band, \
	    data skip 1 using 2:(only(baseline, $6)) with filledcurves y1=0 \
		fc rgb area fs solid 0.7, \
	    for [a in names] data skip 1 \
		using 2:(only(a, $4)):(only(a, $5)) with filledcurves \
		fc rgb colour(a) fs transparent solid 0.15, \
	    for [a in names] data skip 1 using 2:(only(a, $3)) with lines \
		lw 2 dt dashes(a) lc rgb colour(a), \
	    for [a in names] data skip 1 using 2:(only(a, $3)) every 40 \
		with points pt mark(a) ps 0.7 lc rgb colour(a), \
	    phases skip 1 using ($2 + ($3 - $2) / 2):(top * 0.97): \
		(label($3 - $2) ? strcol(1) : "") with labels \
		textcolor rgb ink font ",10", \
	    keyentry with filledcurves fc rgb area title "live bytes", \
	    for [a in names] keyentry with linespoints lw 2 dt dashes(a) \
		pt mark(a) ps 0.7 lc rgb colour(a) title a
	set output
}
