# What every figure shares: the palette, the looks, a few functions.
# Loaded first by each script; run.gp (written by `ebb report`) says which
# allocators and figures a run has. Needs gnuplot 5.4.

# One colour and one marker an allocator, in every figure and every table.
# Columns: allocator, colour on white, colour on black, marker, dashes.
# The first six differ by at least 23 (CIE 1976) from one another in normal
# vision and in the three kinds of colour blindness, and by 3:1 in contrast
# from the page; the others lean on marker and dashes. spareN: anything else.
$palette << EOD
glibc          "#8a8a8a" "#9a928e" 5 1
tcmalloc       "#6d0f6a" "#d07ccd" 9 4
decay          "#1148d6" "#4a86ff" 7 1
ratio          "#e0701c" "#e57a30" 13 1
decay-notcache "#1c9ce5" "#cfe9f5" 6 2
fill-full      "#11502a" "#84e08a" 11 5
ratio-notcache "#b5541c" "#ffb98a" 12 2
fill-fixed1    "#6b8e00" "#b5d94c" 8 2
fill-fixed2    "#3f7f3f" "#86cf86" 10 3
fill-burst     "#00797d" "#4cc9cd" 15 1
madvfree       "#5b4bb5" "#a99cf0" 4 4
classic        "#8c510a" "#d9a066" 14 5
debug          "#777777" "#aaaaaa" 2 3
jemalloc5      "#c2185b" "#ff6f9f" 8 4
mimalloc       "#8a7400" "#d8c93f" 10 4
tbbmalloc      "#455a64" "#a0b4bd" 12 4
spare1         "#b0006d" "#ff7fc1" 15 5
spare2         "#00695c" "#4fd0bd" 4 2
spare3         "#a0522d" "#e0a98a" 8 3
spare4         "#4a148c" "#bd93e8" 10 2
spare5         "#827717" "#cfc65a" 12 3
spare6         "#37474f" "#9fb3bf" 14 4
EOD

# ---- looks ----
# The report inlines these figures and sets ink, faint, band and area to the
# colours of its page, so each of them is used for that purpose only.
ink = "#222222"    # text and axes
faint = "#dddddd"  # grid
band = "#efefef"   # shaded spans behind the data
area = "#c9c9c9"   # live bytes
wide = 480         # pixels; a phone shows it at 3/4

set datafile separator ","
set datafile missing ""
set encoding utf8
set style fill solid 1.0 noborder
set border 3 lc rgb ink lw 1
set tics out nomirror scale 0.5 textcolor rgb ink
set xtics offset 0,0.3
set grid lt 1 lc rgb faint lw 1
set xlabel offset 0,0.6 textcolor rgb ink
set key noautotitle

# Starts a figure from a clean slate, with margins in pixels.
fresh = "set autoscale; unset logscale; unset label; unset arrow; " . \
    "set ytics autofreq; set xtics autofreq; set border 3"
begin(name, high) = sprintf( \
    "set terminal svg size %d,%d fixed noenhanced font 'Arial,13' " . \
    "background '#ffffff'; set output '%s.svg'", wide, high, name)
margins(left, top, bottom, high) = sprintf( \
    "set lmargin at screen %f; set rmargin at screen %f; " . \
    "set tmargin at screen %f; set bmargin at screen %f", \
    left / real(wide), 1 - 28.0 / wide, 1 - top / real(high), \
    bottom / real(high))
# The title, and below it what the vertical axis shows.
heading(title, axis, high) = sprintf( \
    "set label 1 '%s' at screen 0.012, screen %f left " . \
    "font ',14' textcolor rgb ink; " . \
    "set label 2 '%s' at screen 0.012, screen %f left " . \
    "font ',12' textcolor rgb ink", \
    title, 1 - 15.0 / high, axis, 1 - 35.0 / high)
# A legend of three columns at the bottom: markers with names, drawn as labels
# so that every terminal and viewer gives it the same place.
legend_high(n) = 20 * int(ceil(n / 3.0)) + 8
legend_entry(i, n, high, text, marker, rgb) = sprintf( \
    "set label %d '%s' at screen %f, screen %f left offset 0.8,-0.25 " . \
    "point pt %d ps 0.8 lc rgb '%s' textcolor rgb ink", \
    100 + i, text, (20 + 154 * (i % 3)) / real(wide), \
    (legend_high(n) - 12 - 20 * (i / 3)) / real(high), marker, rgb)
# Entries for arms, from place first on, of n in all.
legend_arms(arms, first, n, high) = \
    (l_all = "", l_i = first, (sum [l_k = 1:words(arms)] ( \
	l_all = l_all . legend_entry(l_i, n, high, word(arms, l_k), \
	    mark(word(arms, l_k)), colour(word(arms, l_k))) . "; ", \
	l_i = l_i + 1, 1)), l_all)

# ---- allocators ----
load "run.gp"
palette_name(arm) = (p_name = "spare1", \
    (sum [i = 1:|$arms|] \
	(word($arms[i], 1) eq arm ? (p_name = word($arms[i], 2), 1) : 0)), \
    p_name)
palette_row(arm) = (p_want = palette_name(arm), p_row = |$palette|, \
    (sum [i = 1:|$palette|] \
	(word($palette[i], 1) eq p_want ? (p_row = i, 1) : 0)), p_row)
colour(arm) = word($palette[palette_row(arm)], 2)
mark(arm) = int(word($palette[palette_row(arm)], 4))
dashes(arm) = int(word($palette[palette_row(arm)], 5))

# Rows of a chart by name: the first column of the data names row $2.
array Row[200]
rows_read = "stats data skip 1 using (Row[int($2)] = strcol(1), 0) nooutput"
rows_name = "set ytics scale 0 (''0) font rows_font; " . \
    "do for [r = 1:rows] { set ytics add (Row[r] r) }"
# The longest name decides the left margin; a very long one the font too.
rows_longest(rows) = (r_most = 0, (sum [r_i = 1:rows] \
    (strlen(Row[r_i]) > r_most ? (r_most = strlen(Row[r_i]), 1) : 0)), r_most)
rows_left(rows, least) = (r_long = rows_longest(rows), \
    rows_font = r_long > 22 ? ",11" : ",13", \
    r_wide = 14 + r_long * (r_long > 22 ? 6.8 : 7.6), \
    r_wide < least ? least : r_wide > 250 ? 250 : r_wide)

# Large numbers: an axis in thousands, millions, ... and the word for it.
power(most) = most < 10000 ? 0 : int(log10(most) / 3)
scale(most) = 1000.0 ** power(most)
scale_word(most) = \
    word("'' 'thousand ' 'million ' 'billion ' 'trillion '", power(most) + 1)
# The next number above x of the form 1, 2, 4, 6, 8 times a power of ten: half
# of it reads well too.
lead(x) = x <= 1 ? 1 : x <= 2 ? 2 : x <= 4 ? 4 : x <= 6 ? 6 : x <= 8 ? 8 : 10
decade(x) = 10.0 ** floor(log10(x))
round_up(x) = x > 0 ? lead(x / decade(x)) * decade(x) : 1

# ---- axes that several figures have ----
# Ratios on a log axis ("x" or "y") from low to high; the labels of a wide one
# are a power of ten apart, or they would overlap.
ratio_tics(axis, low, high) = "set format " . axis . " '%g'; set " . axis . \
    "tics (" . (high / low < 6 \
	? "0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3" : high / low < 100 \
	? "0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100" \
	: "0.0001, 0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000") . ")"
# Time since the process began, up to most seconds, in `unit` to a second.
time_label(most) = "time since the process began, " . (most < 1 ? "ms" : "s")
time_axis(most) = sprintf("unit = %d; longest = %.9g; " . \
    "set xrange [0:longest * unit]; set grid ytics noxtics; " . \
    "set xlabel '%s'", most < 1 ? 1000 : 1, most, time_label(most))
# Columns to plot from a file of phases: the shaded spans as boxes up to
# `top`, and the names of those wide enough for it.
phase_spans = "($2 * unit):(0):($2 * unit):($3 * unit):(0):" . \
    "($4 == 1 ? top : 0)"
phase_label(span, text) = \
    span > longest * 0.0135 * (strlen(text) + 2) ? text : ""
phase_names = "(($2 + $3) / 2 * unit):(top * 0.97):" . \
    "(phase_label($3 - $2, strcol(1)))"
