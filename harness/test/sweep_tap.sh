# What the tests of `ebb sweep` share; sourced behind tap.sh.

# sweep NAME ARGS...: its output in $dir/NAME.log, its folder in $run.
sweep() {
	which=$1
	shift
	"$build/ebb" sweep --seed 7 --out "$dir/$which" "$@" \
	    >"$dir/$which.log" 2>&1
	code=$?
	run=$(echo "$dir/$which"/*)
	[ "$code" = 0 ] || { cat "$dir/$which.log"; return 1; }
}

says() { # says NAME TEXT
	grep -F -- "$2" "$dir/$1.log" || { cat "$dir/$1.log"; return 1; }
}

silent() { # silent NAME PATTERN: no finding begins with it
	sed -n '/^Findings:/,/^Notes:$/p' "$dir/$1.log" >"$dir/findings"
	[ -s "$dir/findings" ] && ! grep "^  $2" "$dir/findings"
}
