# Resident memory (thin) and what is left of it without LazyFree (thick), for
# the allocators that free lazily; the others' resident memory to compare.
# Redraw with `gnuplot lazyfree.gp`.
load "common.gp"

only(arm, x) = strcol(1) eq arm ? x : NaN
do for [f = 1:|$lazyfree|] {
	name = word($lazyfree[f], 1)
	arms = word($lazyfree[f], 4)
	data = name . ".csv"
	high = 330 + legend_high(words(arms))
	eval fresh
	stats data skip 1 using 2 nooutput name "T"
	stats data skip 1 using 3 nooutput name "R"
	eval begin(name, high)
	eval margins(48, 52, 50 + legend_high(words(arms)), high)
	eval heading(word($lazyfree[f], 2), \
	    "MiB: RSS thin, RSS - LazyFree thick (lower is better ↓)", high)
	eval legend_arms(arms, 0, words(arms), high)
	eval time_axis(T_max)
	top = R_max * 1.12
	set yrange [0:top]
	plot \
	    name . ".phases.csv" skip 1 using @phase_spans \
		with boxxyerror fc rgb band, \
	    for [a in arms] data skip 1 using ($2 * unit):(only(a, $3)) with lines \
		lw 1 dt dashes(a) lc rgb colour(a), \
	    for [a in arms] data skip 1 using ($2 * unit):(only(a, $4)) with lines \
		lw 2.6 lc rgb colour(a), \
	    for [a in arms] data skip 1 using ($2 * unit):(only(a, $4)) every 40 \
		with points pt mark(a) ps 0.8 lc rgb colour(a), \
	    name . ".phases.csv" skip 1 using @phase_names \
		with labels textcolor rgb ink font ",11"
	set output
}
