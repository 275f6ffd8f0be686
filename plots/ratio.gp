# The forest: each cell's ratio to the baseline with its interval, on a log
# axis; the grey band is the region of equivalence. Redraw with
# `gnuplot ratio.gp`.
load "common.gp"

# "ratio-time" of "ratio-time.2", the second part of it.
forest(name) = strstrt(name, ".") > 0 ? name[1:strstrt(name, ".") - 1] : name
only(arm, x) = strcol(3) eq arm ? x : NaN
do for [f = 1:|$ratio|] {
	name = word($ratio[f], 1)
	rows = int(word($ratio[f], 3))
	arms = word($ratio[f], 4)
	data = name . ".csv"
	shown = words(arms)
	high = 96 + rows * (12 + (shown > 6 ? 6 : 8) * shown) + \
	    legend_high(shown)
	eval fresh
	eval rows_read
	# The parts of a forest have one scale.
	low = 0.8
	high_x = 1.25
	do for [g = 1:|$ratio|] {
		if (forest(word($ratio[g], 1)) eq forest(name)) {
			stats word($ratio[g], 1) . ".csv" skip 1 using 6 \
			    nooutput name "L"
			stats word($ratio[g], 1) . ".csv" skip 1 using 7 \
			    nooutput name "H"
			if (L_min / 1.05 < low) { low = L_min / 1.05 }
			if (H_max * 1.05 > high_x) { high_x = H_max * 1.05 }
		}
	}
	eval begin(name, high)
	eval margins(rows_left(rows, 120), 32, 50 + legend_high(shown), high)
	eval heading(word($ratio[f], 2), "", high)
	eval legend_arms(arms, 0, shown, high)
	do for [r = 1:rows - 1] {
		set arrow from graph 0, first r + 0.5 to graph 1, \
		    first r + 0.5 nohead lc rgb faint
	}
	set border 1
	set logscale x
	set yrange [rows + 0.5:0.5]
	eval rows_name
	set grid xtics noytics
	set xrange [low:high_x]
	eval ratio_tics("x", low, high_x)
	set xlabel "ratio to " . baseline . " (← lower is better)"
	plot \
	    "+" using (1):(0.5):(1 / equivalence):(equivalence):(0.5): \
		(rows + 0.5) every ::0::0 with boxxyerror fc rgb area, \
	    "+" using (1):(0.5):(0):(rows) every ::0::0 with vectors nohead \
		lw 1 lc rgb ink, \
	    for [a in arms] data skip 1 \
		using (only(a, $5)):($2 + $4 * 0.8):6:7 with xerrorbars \
		pt mark(a) ps 0.75 lw 1.5 lc rgb colour(a)
	set output
}
