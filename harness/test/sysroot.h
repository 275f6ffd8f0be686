/*
 * A folder that stands for / in tests of what reads /proc and /sys.
 */
#ifndef EBB_HARNESS_TEST_SYSROOT_H
#define EBB_HARNESS_TEST_SYSROOT_H

/* Makes it and puts it in front of sysfile.h's paths. */
void sysroot_make(void);

/* Writes a file below it, with the folders it needs. */
void sysroot_put(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What a file below it holds; the caller frees it. NULL: it is not there. */
char *sysroot_get(const char *path);

/* Removes it all; paths are the machine's again. */
void sysroot_remove(void);

#endif
