# Operations a second: a dot is a process, the marker is the median over
# blocks with its interval of 95 %. Redraw with `gnuplot throughput.gp`.
load "common.gp"

do for [f = 1:|$throughput|] {
	name = word($throughput[f], 1)
	title = word($throughput[f], 2)
	rows = int(word($throughput[f], 3))
	op = word($throughput[f], 4)
	data = name . ".csv"
	eval fresh
	eval begin(name, 118 + 30 * rows)
	set title title
	set yrange [rows + 0.6:0.4]
	set xrange [0:*]
	set offsets 0, 0, 0, 0
	set format x si
	set xtics autofreq
	set xlabel op . "s a second — higher is better →"
	set grid xtics noytics
	set border 1
	set ytics scale 0
	set rmargin 3
	kind(k, x) = strcol(3) eq k ? x : NaN
	only(arm, k, x) = strcol(1) eq arm ? kind(k, x) : NaN
	plot \
	    for [a in names] data skip 1 \
		using (only(a, "sample", $4)):2:ytic(1) with points \
		pt 7 ps 0.45 lc rgb "#70" . colour(a)[2:7], \
	    for [a in names] data skip 1 \
		using (only(a, "median", $4)):($2):5:6 with xerrorbars \
		pt mark(a) ps 0.9 lw 2 lc rgb colour(a)
	set output
}
