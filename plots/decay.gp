# What is still dirty after a release, against the formula of decay (dashed).
# Redraw with `gnuplot decay.gp`.
load "common.gp"

only(curve, x) = strcol(1) eq curve ? x : NaN
arm_of(curve) = curve[1:strstrt(curve, "/") - 1]
mark_of(curve) = curve[strstrt(curve, "/") + 1:] eq "segregated" \
    ? 4 : mark(arm_of(curve))
do for [f = 1:|$decay|] {
	name = word($decay[f], 1)
	curves = word($decay[f], 3)
	data = name . ".csv"
	# Long names: a row of the legend for each.
	n = 3 * words(curves)
	high = 300 + legend_high(n)
	eval fresh
	eval begin(name, high)
	eval margins(62, 52, 50 + legend_high(n), high)
	eval heading(word($decay[f], 2), "share of the freed pages that is " . \
	    "still dirty", high)
	do for [c = 1:words(curves)] {
		curve = word(curves, c)
		eval legend_entry(3 * (c - 1), n, high, curve, \
		    mark_of(curve), colour(arm_of(curve)))
	}
	set xrange [0:1.2]
	set yrange [0:1.05]
	set xlabel "time since the release, in decay times"
	plot for [c = 1:words(curves)] data skip 1 \
	    using (only(word(curves, c), $2)):3 with linespoints \
	    pi 5 ps 0.7 lw 1.5 pt mark_of(word(curves, c)) \
	    lc rgb colour(arm_of(word(curves, c))), \
	    data skip 1 using (only(word(curves, 1), $2)):4 with lines \
	    lw 2 dt 2 lc rgb ink
	set output
}
