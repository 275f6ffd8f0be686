#!/bin/sh
# test: long
# Acceptance 1, with 10 000 comparisons from 240 samples.
exec sh "$(dirname "$0")/acceptance_01_aa.sh" "$1" 240 1000
