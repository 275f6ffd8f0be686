# The forest: each cell's ratio to the baseline with its interval, on a log
# axis; the grey band is the region of equivalence. Redraw with
# `gnuplot ratio.gp`.
load "common.gp"

do for [f = 1:|$ratio|] {
	name = word($ratio[f], 1)
	rows = int(word($ratio[f], 3))
	data = name . ".csv"
	eval fresh
	arms = words(names)
	eval begin(name, 130 + rows * (18 + 9 * arms))
	stats data skip 1 using 6 nooutput name "L"
	stats data skip 1 using 7 nooutput name "H"
	set title word($ratio[f], 2)
	set border 1
	set logscale x
	set yrange [rows + 0.5:0.5]
	set ytics scale 0
	set grid xtics noytics
	low = L_min < 0.8 ? L_min / 1.05 : 0.8
	high = H_max > 1.25 ? H_max * 1.05 : 1.25
	set xrange [low:high]
	set xtics (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1, 1.1, \
	    1.25, 1.5, 2, 3, 5, 10, 20, 50)
	set xlabel "ratio to " . baseline . " — ← lower is better"
	set key bottom center outside horizontal
	only(arm, x) = strcol(3) eq arm ? x : NaN
	plot \
	    "+" using (1):(0.5):(1 / 1.015):(1.015):(0.5):(rows + 0.5) \
		every ::0::0 with boxxyerror fc rgb band, \
	    "+" using (1):(0.5):(0):(rows) every ::0::0 with vectors nohead \
		lw 1 lc rgb ink, \
	    for [a in names] data skip 1 \
		using (only(a, $5)):($2 + $4 * 0.75):6:7:ytic(1) \
		with xerrorbars pt mark(a) ps 0.8 lw 1.6 lc rgb colour(a), \
	    for [a in names] keyentry with points pt mark(a) ps 0.9 \
		lc rgb colour(a) title (a eq baseline ? "" : a)
	set output
}
