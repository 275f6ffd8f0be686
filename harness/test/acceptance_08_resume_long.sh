#!/bin/sh
# test: long
# Acceptance 8, with 50 kills.
exec sh "$(dirname "$0")/acceptance_08_resume.sh" "$1" 50
