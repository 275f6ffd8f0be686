#!/bin/sh
# What the documents say is there: the reference's table, files, tests.
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

# The rows of the table of pitfalls: number, answer, test.
pitfalls() {
	sed -n 's/^| \([0-9][0-9]*\) | .* | \(`.*\) | \(`.*\) |$/\1|\2|\3/p' \
	    harness/README.md
}

seventy() {
	[ "$(pitfalls | cut -d '|' -f 1 | tr '\n' ' ')" = "$(seq -s ' ' 70) " ]
}

# The files that answer are there, and so is each test, by its name.
answered() {
	pitfalls | while IFS='|' read -r number answer test; do
		for file in $(echo "$answer" | grep -o '`[a-z_]*/[^`]*`' |
		    tr -d '`'); do
			[ -e "$file" ] || echo "$number: no file $file"
		done
		file=$(echo "$test" | sed 's/^`\([^`]*\)`.*/\1/')
		name=$(echo "$test" | sed 's/^`[^`]*` //')
		grep -qF -- "$name" "$file" || echo "$number: no $name in $file"
	done >"$dir/unanswered"
	cat "$dir/unanswered"
	[ ! -s "$dir/unanswered" ]
}

# The folder of the checkout is nobody else's.
paths() {
	! grep -rlF "$PWD/" results/reference
}

check "the README's table is the reference run's" block
check "what documents link to exists" links
check "the table of pitfalls has all seventy" seventy
check "their answers and tests exist" answered
check "the reference names no path of the machine it was made on" paths
echo "1..$n"
