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
jemalloc       "#c2185b" "#ff6f9f" 8 4
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
figure_width = 520

set datafile separator ","
set datafile missing ""
set encoding utf8
set style fill solid 1.0 noborder
set border 3 lc rgb ink lw 1
set tics out nomirror scale 0.5 textcolor rgb ink
set grid lt 1 lc rgb faint lw 1
set title left offset 0,0 textcolor rgb ink
set key textcolor rgb ink samplen 2.5 spacing 1.15 noautotitle
set xlabel textcolor rgb ink
set ylabel textcolor rgb ink

# Starts a figure from a clean slate: no ranges or axes of the one before.
fresh = "set autoscale; unset logscale; unset key"
begin(name, height) = sprintf( \
    "set terminal svg size %d,%d fixed noenhanced font 'Arial,13' " . \
    "background '#ffffff' linewidth 1.0; set output '%s.svg'", \
    figure_width, height, name)

# ---- allocators ----
load "run.gp"
names = ""
do for [i = 1:|$arms|] { names = names . " " . word($arms[i], 1) }
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

# Numbers of seven digits fit beside a figure as "1.2 M".
si = "%.0s%c"
