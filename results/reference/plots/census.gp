# Resident memory, and below it a strip an allocator with what it had given
# back to the kernel until then, by call; one clock for all.
# Redraw with `gnuplot census.gp`.
load "common.gp"

only(arm, x) = strcol(1) eq arm ? x : NaN
calls = "'madvise DONTNEED' 'madvise FREE' process_madvise munmap"
dash(k) = int(word("1 2 4 3", k))
panel = 150.0
strip = 40.0
do for [f = 1:|$census|] {
	name = word($census[f], 1)
	rows = int(word($census[f], 3))
	arms = word($census[f], 4)
	data = name . ".csv"
	phases = name . ".phases.csv"
	# From the top: heading, memory, heading, strips, axis, legends.
	bottom = 50 + 22 + legend_high(words(arms))
	high = 52 + panel + 30 + strip * rows + bottom
	eval fresh
	stats data skip 1 using 3 nooutput name "T"
	stats data skip 1 using 4 nooutput name "R"
	array Most[4]
	do for [k = 1:4] {
		stats data skip 1 using (valid(4 + k) ? column(4 + k) : 0) \
		    nooutput name "G"
		Most[k] = G_max
	}
	given = 0
	do for [k = 1:4] { if (Most[k] > given) { given = Most[k] } }
	eval begin(name, high)
	set multiplot
	eval heading(word($census[f], 2), \
	    "resident memory, MiB (lower is better ↓)", high)
	set label 3 sprintf("given back to the kernel until then; " . \
	    "each strip to %.3g MiB", given) at screen 0.012, \
	    screen 1 - (52 + panel + 17) / high left font ",12" \
	    textcolor rgb ink
	eval legend_arms(arms, 0, words(arms), high)
	# Arrows of one width become one path, with the dashes of the first.
	place = 20
	do for [k = 1:4] {
		if (Most[k] > 0) {
			row = (legend_high(words(arms)) + 6) / high
			eval sprintf("set arrow %d from screen %f, " . \
			    "screen %f to screen %f, screen %f nohead " . \
			    "lw %f dt %d lc rgb ink", 10 + k, \
			    place / real(wide), row, \
			    (place + 26) / real(wide), row, \
			    1.8 + k / 100.0, dash(k))
			set label 10 + k word(calls, k) at \
			    screen (place + 31) / real(wide), screen row left \
			    font ",11" textcolor rgb ink
			place = place + 49 + 6.4 * strlen(word(calls, k))
		}
	}
	set lmargin at screen 118.0 / wide
	set rmargin at screen 1 - 28.0 / wide
	set tmargin at screen 1 - 52.0 / high
	set bmargin at screen 1 - (52 + panel) / high
	eval time_axis(T_max)
	set format x ""
	set xlabel ""
	top = R_max * 1.12
	set yrange [0:top]
	plot \
	    phases skip 1 using @phase_spans with boxxyerror fc rgb band, \
	    for [a in arms] data skip 1 using ($3 * unit):(only(a, $4)) \
		with lines lw 1.8 dt dashes(a) lc rgb colour(a), \
	    for [a in arms] data skip 1 using ($3 * unit):(only(a, $4)) every 40 \
		with points pt mark(a) ps 0.65 lc rgb colour(a), \
	    phases skip 1 using @phase_names with labels \
		textcolor rgb ink font ",11"
	unset label
	unset arrow
	set ytics ("" 0)
	top = given * 1.08
	set yrange [0:top]
	do for [r = 1:rows] {
		arm = word(arms, r)
		upper = 52 + panel + 30 + strip * (r - 1)
		set tmargin at screen 1 - (upper + 3) / high
		set bmargin at screen 1 - (upper + strip - 3) / high
		set label 1 arm at graph -0.02, graph 0.5 right \
		    textcolor rgb colour(arm)
		if (r == rows) {
			set format x "%g"
			set xlabel time_label(T_max)
		}
		plot \
		    phases skip 1 using @phase_spans with boxxyerror \
			fc rgb band, \
		    for [k = 1:4] data skip 1 \
			using ($3 * unit):(only(arm, column(4 + k))) \
			with steps lw 1.8 dt dash(k) lc rgb colour(arm)
	}
	unset multiplot
	set output
}
