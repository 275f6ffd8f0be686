# Operations a second: a dot is a process, the marker is the median over
# blocks with its exact interval. Redraw with `gnuplot throughput.gp`.
load "common.gp"

only(arm, kind, x) = strcol(1) eq arm && strcol(3) eq kind ? x : NaN
do for [f = 1:|$throughput|] {
	name = word($throughput[f], 1)
	rows = int(word($throughput[f], 3))
	arms = word($throughput[f], 4)
	data = name . ".csv"
	high = 96 + 27 * rows
	eval fresh
	eval rows_read
	stats data skip 1 using 4 nooutput name "T"
	eval begin(name, high)
	eval margins(rows_left(rows, 122), 32, 50, high)
	eval heading(word($throughput[f], 2), "", high)
	set border 1
	set grid xtics noytics
	set yrange [rows + 0.6:0.4]
	set xrange [0:*]
	eval rows_name
	s = scale(T_max)
	set xlabel scale_word(T_max) . word($throughput[f], 5) . \
	    "s a second (higher is better →)"
	plot \
	    for [a in arms] data skip 1 \
		using (only(a, "sample", $4) / s):2 with points \
		pt 7 ps 0.4 lc rgb "#90" . colour(a)[2:7], \
	    for [a in arms] data skip 1 \
		using (only(a, "median", $4) / s):2:($5 / s):($6 / s) with xerrorbars \
		pt mark(a) ps 0.9 lw 1.8 lc rgb colour(a)
	set output
}
