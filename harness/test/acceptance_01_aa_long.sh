#!/bin/sh
# test: long
# Acceptance 1, with 10 000 comparisons from 200 samples at least: of the 320 that
# are taken, some are too short to read memory in.
exec sh "$(dirname "$0")/acceptance_01_aa.sh" "$1" 320 1000 200
