# What the allocator gave back in one sample (medians): passes, madvise calls,
# pages; an axis each. Redraw with `gnuplot purge.gp`.
load "common.gp"

heads = "'passes' 'madvise calls' 'pages given back'"
do for [f = 1:|$purge|] {
	name = word($purge[f], 1)
	rows = int(word($purge[f], 3))
	data = name . ".csv"
	eval fresh
	eval begin(name, 120 + 26 * rows)
	stats data skip 1 using 3 nooutput name "P1"
	stats data skip 1 using 4 nooutput name "P2"
	stats data skip 1 using 5 nooutput name "P3"
	array Most[3] = [P1_max, P2_max, P3_max]
	set multiplot
	set border 1
	set grid xtics noytics
	set yrange [rows + 0.6:0.4]
	set xrange [0:*]
	set ytics scale 0
	set format x si
	set xtics autofreq
	set tmargin 3.5
	set bmargin 3.5
	do for [k = 1:3] {
		set lmargin at screen 0.22 + (k - 1) * 0.265
		set rmargin at screen 0.22 + (k - 1) * 0.265 + 0.225
		set xlabel word(heads, k)
		if (k == 1) { set title word($purge[f], 2) } else { unset title }
		if (k > 1) { set format y "" }
		most = Most[k] > 0 ? Most[k] : 1
		set xrange [0:most * 1.05]
		set xtics most / 2
		plot for [a in names] data skip 1 \
		    using (0):(strcol(1) eq a ? $2 : NaN):(0): \
			(column(2 + k)):($2 - 0.3):($2 + 0.3):ytic(1) \
		    with boxxyerror fc rgb colour(a) fs solid 0.85
	}
	unset multiplot
	set format y
	set lmargin
	set rmargin
	set tmargin
	set bmargin
	set output
}
