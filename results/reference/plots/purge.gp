# What the allocator gave back in one sample (medians): passes, madvise calls,
# pages; an axis each. Redraw with `gnuplot purge.gp`.
load "common.gp"

heads = "'passes' 'madvise calls' 'pages given back'"
do for [f = 1:|$purge|] {
	name = word($purge[f], 1)
	rows = int(word($purge[f], 3))
	arms = word($purge[f], 4)
	data = name . ".csv"
	high = 96 + 24 * rows
	eval fresh
	eval rows_read
	stats data skip 1 using 3 nooutput name "P1"
	stats data skip 1 using 4 nooutput name "P2"
	stats data skip 1 using 5 nooutput name "P3"
	array Most[3] = [P1_max, P2_max, P3_max]
	eval begin(name, high)
	set multiplot
	edge = rows_left(rows, 122)
	step = (wide - 15.0 - edge) / 3
	eval margins(edge, 32, 50, high)
	eval heading(word($purge[f], 2), "", high)
	set border 1
	set grid xtics noytics
	set yrange [rows + 0.6:0.4]
	eval rows_name
	do for [k = 1:3] {
		left = edge + (k - 1) * step
		set lmargin at screen left / wide
		set rmargin at screen (left + step - 26) / wide
		set xlabel word(heads, k)
		if (k > 1) { unset label; set ytics ("" 0) }
		most = round_up(Most[k] > 2 ? Most[k] : 2)
		set xrange [0:most]
		set xtics ("0" 0, gprintf("%.0s%c", most / 2) most / 2, \
		    gprintf("%.0s%c", most) most)
		plot for [a in arms] data skip 1 \
		    using (0):(strcol(1) eq a ? $2 : NaN):(0): \
			(column(2 + k)):($2 - 0.3):($2 + 0.3) \
		    with boxxyerror fc rgb colour(a)
	}
	unset multiplot
	set output
}
