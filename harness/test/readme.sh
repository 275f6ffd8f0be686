#!/bin/sh
# What the README shows of results/reference is what is there.
. "$(dirname "$0")/tap.sh"

block() {
	awk '/^<!-- end of headline/ { inside = 0 }
	    inside { print }
	    /^<!-- headline/ { inside = 1 }' README.md >"$dir/readme" &&
	    sh results/headline.sh results/reference >"$dir/reference" &&
	    [ "$(wc -l <"$dir/readme")" -gt 5 ] &&
	    diff "$dir/readme" "$dir/reference"
}

links() { # every file of the repository that a document refers to
	for document in README.md [!b]*/README.md \
	    results/reference/README.md; do
		folder=$(dirname "$document")
		grep -o '](\([^)#]*\))' "$document" | sed 's/](\(.*\))/\1/' |
		    grep -v '^http' | sort -u >"$dir/links" || :
		while read -r link; do
			[ -e "$folder/$link" ] || echo "$document: $link"
		done <"$dir/links"
	done >"$dir/missing"
	cat "$dir/missing"
	[ ! -s "$dir/missing" ]
}

# The folder of the checkout is nobody else's.
paths() {
	! grep -rlF "$PWD/" results/reference
}

check "the README's table is the reference run's" block
check "what documents link to exists" links
check "the reference names no path of the machine it was made on" paths
echo "1..$n"
