# The phase diagram of a sweep: the share of freed pages that was given back,
# by size and length of the swing; lines: where the closed form reaches a share;
# framed: a finding. Redraw with `gnuplot phase.gp`.
load "common.gp"

# Colours of a share; the numbers on it are dark, then light.
set palette defined (0 "#f4f6fb", 0.5 "#7fa3e0", 1 "#173a86")
unset colorbox
number = "#1c1c1c"
number_on_dark = "#fdfdfd"
finding = "#d6005c"

do for [i = 1:|$phase|] {
	name = word($phase[i], 1)
	columns = words(word($phase[i], 3))
	rows = words(word($phase[i], 4))
	data = name . ".csv"
	high = 110 + (rows < 4 ? 4 : rows) * 36
	eval fresh
	set cbrange [0:1]
	eval begin(name, high)
	eval margins(62, 72, 52, high)
	set rmargin at screen 1 - 46.0 / wide
	eval heading(word($phase[i], 2), "length of a cycle, s", high)
	set border 0
	set grid noxtics noytics
	set xrange [0.5:columns + 0.5]
	set yrange [0.5:rows + 0.5]
	set xlabel "share of the heap that swings"
	set ytics scale 0 ("" 0)
	set xtics scale 0 ("" 0)
	if (columns > 8) { set xtics rotate by 90 right } \
	else { set xtics norotate }
	do for [c = 1:columns] {
		set xtics add (word(word($phase[i], 3), c) c)
	}
	do for [r = 1:rows] { set ytics add (word(word($phase[i], 4), r) r) }
	small = columns > 8 ? ",9" : ",12"
	plot \
	    data skip 1 using 1:2:(0.49):(0.48):5 with boxxyerror lc palette, \
	    data skip 1 using 1:2:($5 < 0.5 ? sprintf("%.2f", $5) : "") \
		with labels font small offset 0,0.3 textcolor rgb number, \
	    data skip 1 using 1:2:($5 < 0.5 ? "" : sprintf("%.2f", $5)) \
		with labels font small offset 0,0.3 \
		textcolor rgb number_on_dark, \
	    data skip 1 using ($9 == 1 ? $1 : NaN):2:(0.46):(0.44) \
		with boxxyerror lc rgb finding lw 2.5 fs empty, \
	    name . ".lines.csv" skip 1 using 2:3:($4 - $2):($5 - $3) \
		with vectors nohead lw 2 dt 2 lc rgb ink, \
	    name . ".lines.csv" skip 1 using 4:5:(strcol(1)) \
		with labels left font ",11" offset 0.3,0.6 textcolor rgb ink
	set output
}
