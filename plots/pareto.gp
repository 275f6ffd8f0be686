# Time against memory, both as ratios to the baseline on log axes, with exact
# intervals; the line is the front: who is on it is beaten by nobody in both.
# Redraw with `gnuplot pareto.gp`.
load "common.gp"

only(arm, x) = strcol(1) eq arm ? x : NaN
do for [f = 1:|$pareto|] {
	name = word($pareto[f], 1)
	arms = word($pareto[f], 4)
	data = name . ".csv"
	high = 330 + legend_high(words(arms))
	eval fresh
	# The ends of the bars, or the point itself where there is none.
	bar(c, point) = valid(c) ? column(c) : column(point)
	stats data skip 1 using (bar(3, 2)) nooutput name "TL"
	stats data skip 1 using (bar(4, 2)) nooutput name "TH"
	stats data skip 1 using (bar(6, 5)) nooutput name "RL"
	stats data skip 1 using (bar(7, 5)) nooutput name "RH"
	eval begin(name, high)
	eval margins(56, 52, 50 + legend_high(words(arms)), high)
	eval heading(word($pareto[f], 2), \
	    "mean memory, ratio to " . baseline . " (lower is better ↓)", high)
	eval legend_arms(arms, 0, words(arms), high)
	set logscale xy
	left = TL_min < 0.8 ? TL_min / 1.08 : 0.8
	right = TH_max > 1.25 ? TH_max * 1.08 : 1.25
	bottom = RL_min < 0.8 ? RL_min / 1.08 : 0.8
	top = RH_max > 1.25 ? RH_max * 1.08 : 1.25
	set xrange [left:right]
	set yrange [bottom:top]
	eval ratio_tics("x", left, right)
	eval ratio_tics("y", bottom, top)
	set grid xtics ytics
	set xlabel "work time, ratio to " . baseline . " (← lower is better)"
	set arrow from 1, graph 0 to 1, graph 1 nohead lc rgb faint lw 2
	set arrow from graph 0, first 1 to graph 1, first 1 nohead \
	    lc rgb faint lw 2
	# The front goes on upwards from its first arm, to the right from its
	# last one.
	stats data skip 1 using 2:8 nooutput name "F"
	set arrow from F_min_x, F_max_y to F_min_x, graph 1 nohead dt 2 \
	    lc rgb ink
	set arrow from F_max_x, F_min_y to graph 1, first F_min_y nohead \
	    dt 2 lc rgb ink
	plot \
	    data skip 1 using 2:8 with steps dt 2 lc rgb ink, \
	    for [a in arms] data skip 1 \
		using (only(a, $2)):5:3:4:6:7 with xyerrorbars \
		pt mark(a) ps 0.9 lw 1.5 lc rgb colour(a), \
	    for [a in arms] data skip 1 using (only(a, $2)):5 with points \
		pt mark(a) ps 0.9 lc rgb colour(a)
	set output
}
