#!/bin/sh
# start.sh LIBEBB: what the library is made of, and how it starts: symbols,
# dependencies, TLS, constructors before its own, dlopen, memory at rest.
lib=$1
root=$(cd "$(dirname "$0")/../../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0

# ok NAME COMMAND...: the command's success is the result.
ok() {
	n=$((n + 1))
	name=$1
	shift
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok $n - start: $name"
	else
		echo "not ok $n - start: $name"
		sed 's/^/# /' "$tmp/out" | head -n 20
	fi
}

compile() {
	cc -std=gnu11 -O1 -fno-builtin -I "$root/allocator/include" "$@"
}

symbols_equal_map() {
	sed -n '/global:/,/local:/p' "$root/allocator/symbols.map" |
	    tr ';' '\n' | sed 's/^[[:space:]]*//; /:/d; /^[}*]/d; /^$/d' |
	    sort >"$tmp/map"
	nm -D --defined-only "$lib" | awk '{ print $3 }' | sort >"$tmp/nm"
	diff "$tmp/map" "$tmp/nm"
}

needs_only_libc() {
	readelf -dW "$lib" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' >"$tmp/needed"
	cat "$tmp/needed"
	! grep -v -e '^libc\.so' -e '^ld-linux' -e '^libpthread\.so' \
	    "$tmp/needed"
}

tls_fits() {
	size=$(readelf -lW "$lib" | awk '$1 == "TLS" { print $6 }')
	echo "TLS segment: $size"
	[ $((size)) -gt 0 ] && [ $((size)) -le 256 ]
}

is_nodelete() {
	readelf -dW "$lib" | grep -q NODELETE
}

early_constructor() {
	cat >"$tmp/early.c" <<'EOF'
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
char *early;
__attribute__((constructor(101))) static void first(void)
{
	for (size_t size = 1; size < 5000000; size = size * 3 + 1) {
		char *p = calloc(1, size);
		memset(p, 1, size);
		p = realloc(p, size + 100);
		free(p);
	}
	early = strdup("early");
	setenv("EBB_TEST_EARLY", "1", 1);
	int pid = fork();
	if (pid == 0) {
		free(malloc(100000));
		_exit(0);
	}
}
__attribute__((destructor(101))) static void last(void)
{
	free(malloc(1000));
	free(early);
}
EOF
	cat >"$tmp/main.c" <<'EOF'
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
extern char *early;
static char *preinit;
static void before_all(void) { preinit = malloc(50); strcpy(preinit, "pre"); }
__attribute__((section(".preinit_array"), used))
static void (*const preinit_entry)(void) = before_all;
int main(void)
{
	printf("%s %s %s\n", preinit, early, getenv("EBB_TEST_EARLY"));
	free(preinit);
	return 0;
}
EOF
	compile -shared -fPIC -o "$tmp/libearly.so" "$tmp/early.c" || return 1
	compile -o "$tmp/main" "$tmp/main.c" "$tmp/libearly.so" \
	    -Wl,-rpath,"$tmp" || return 1
	[ "$(LD_PRELOAD=$lib "$tmp/main")" = "pre early 1" ]
}

cat >"$tmp/dl.c" <<'EOF'
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
static void *(*my_malloc)(unsigned long);
static void (*my_free)(void *);
static void *use(void *arg)
{
	for (unsigned i = 0; i < 20000; i++) {
		void *p = my_malloc(i % 70000);
		memset(p, 1, i % 70000);
		my_free(p);
	}
	return arg;
}
int main(int argc, char **argv)
{
	(void)argc;
	for (int i = 0; i < 3; i++) {
		void *handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
		if (handle == NULL)
			return puts(dlerror()), 1;
		my_malloc = (void *(*)(unsigned long))dlsym(handle, "malloc");
		my_free = (void (*)(void *))dlsym(handle, "free");
		pthread_t thread;
		pthread_create(&thread, NULL, use, NULL);
		use(NULL);
		dlclose(handle); /* stays: its threads have to end */
		pthread_join(thread, NULL);
	}
	return 0;
}
EOF

dlopens() {
	compile -o "$tmp/dl" "$tmp/dl.c" -pthread -ldl && "$tmp/dl" "$lib"
}

python_loads() {
	python3 -c "
import ctypes
lib = ctypes.CDLL('$lib')
lib.malloc.restype = ctypes.c_void_p
lib.malloc.argtypes = [ctypes.c_size_t]
lib.free.argtypes = [ctypes.c_void_p]
p = lib.malloc(1000000)
assert p
lib.free(p)"
}

cat >"$tmp/idle.c" <<'EOF'
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
int main(void)
{
	puts("hello world");
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[200];
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "Rss:", 4) == 0)
			fprintf(stderr, "%d\n", atoi(line + 4));
	}
	return 0;
}
EOF

idle_rss() {
	compile -o "$tmp/idle" "$tmp/idle.c" || return 1
	glibc=$("$tmp/idle" 2>&1 >/dev/null)
	ebb=$(LD_PRELOAD=$lib "$tmp/idle" 2>&1 >/dev/null)
	echo "idle: glibc $glibc KiB, ebb $ebb KiB"
	[ "$ebb" -le $((glibc + 600)) ]
}

cat >"$tmp/narenas.c" <<'EOF'
#include <ebb/ebb.h>
#include <stdio.h>
int main(void)
{
	unsigned narenas = 0, opt = 0;
	size_t size = sizeof(unsigned);
	if (mallctl("opt.narenas", &opt, &size, NULL, 0) != 0
	    || mallctl("arenas.narenas", &narenas, &size, NULL, 0) != 0)
		return 1;
	printf("%u %u\n", opt, narenas);
	return 0;
}
EOF

narenas() {
	compile -o "$tmp/narenas" "$tmp/narenas.c" "$lib" || return 1
	one=$(LD_PRELOAD=$lib taskset -c 0 "$tmp/narenas") || return 1
	set_to=$(LD_PRELOAD=$lib MALLOC_CONF=narenas:7 "$tmp/narenas")
	echo "one CPU: $one; narenas:7: $set_to"
	[ "$one" = "2 2" ] && [ "$set_to" = "7 7" ]
}

ok "the exported symbols are those of symbols.map" symbols_equal_map
ok "only libc is needed" needs_only_libc
ok "at most 256 bytes of TLS" tls_fits
ok "it stays loaded" is_nodelete
ok "calls before every constructor and after destructors" early_constructor
ok "dlopen, use from threads, dlclose" dlopens
ok "python3 loads it with ctypes" python_loads
ok "a program at rest takes at most 600 KiB more" idle_rss
ok "arenas: by CPUs allowed, and by option" narenas
echo "1..$n"
