/*
 * How ebb tells ebb-census what to do: `ebb-census FD PROGRAM ARGUMENT...`.
 * FD is a socket that gets the listener of the filter. Environment entries
 * with the prefix reach the program without it.
 */
#ifndef EBB_HARNESS_CENSUS_STUB_H
#define EBB_HARNESS_CENSUS_STUB_H

#define CENSUS_STUB_PREFIX "EBB_CENSUS_"

#endif
