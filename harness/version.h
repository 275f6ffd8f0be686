/*
 * Which ebb this is. The build writes version.c.
 */
#ifndef EBB_HARNESS_VERSION_H
#define EBB_HARNESS_VERSION_H

#define EBB_VERSION "1"

/*
 * The commit it was built from: its short hash, with "+dirty" behind when
 * there were changes, or "unknown" when it was no checkout.
 */
extern const char ebb_commit[];

/*
 * The SHA-256 of what was built, commit or not: the same as of the output of
 *   find SConstruct allocator harness plots workloads -type f |
 *       LC_ALL=C sort | xargs sha256sum
 */
extern const char ebb_tree[];

#endif
