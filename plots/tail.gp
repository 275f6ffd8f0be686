# Causes of the slowest thousandth, stacked, in per cent of it; a bar an
# allocator. Redraw with `gnuplot tail.gp`.
load "common.gp"

# A colour a cause: what the allocator did, then the kernel, then the queue.
causes = "purge memory-call fault switch sleep wait fill flush call work " . \
    "machine arrivals"
hues = "'#e0701c' '#b5541c' '#1148d6' '#8a8a8a' '#c2185b' '#ff7fc1' " . \
    "'#11502a' '#6b8e00' '#6d0f6a' '#1c9ce5' '#455a64' '#c9a400'"
hue(i) = word(hues, i)
square = 5
is(cause, x) = strcol(3) eq cause ? x : NaN

do for [f = 1:|$tail|] {
	name = word($tail[f], 1)
	rows = int(word($tail[f], 3))
	data = name . ".csv"
	# Only causes that are there have an entry in the legend.
	array Seen[words(causes)]
	shown = 0
	do for [i = 1:words(causes)] {
		there = 0
		stats data skip 1 using (there = there + \
		    (strcol(3) eq word(causes, i)), 0) nooutput
		Seen[i] = there > 0
		shown = shown + Seen[i]
	}
	high = 96 + 24 * rows + legend_high(shown)
	eval fresh
	eval rows_read
	eval begin(name, high)
	eval margins(rows_left(rows, 122), 52, 50 + legend_high(shown), high)
	eval heading(word($tail[f], 2), \
	    "causes of what is above the 99.9th percentile", high)
	entry = 0
	do for [i = 1:words(causes)] {
		if (Seen[i]) {
			eval legend_entry(entry, shown, high, \
			    word(causes, i), square, hue(i))
			entry = entry + 1
		}
	}
	set border 1
	set grid xtics noytics
	set yrange [rows + 0.6:0.4]
	eval rows_name
	set xrange [0:100]
	set xtics ("0" 0, "25" 25, "50" 50, "75" 75, "100 %%" 100)
	set xlabel "share of the slowest thousandth"
	plot for [i = 1:words(causes)] data skip 1 \
	    using (is(word(causes, i), $4)):2:4:5:($2 - 0.3):($2 + 0.3) \
	    with boxxyerror fc rgb hue(i)
	set output
}
