#!/bin/sh
# test: long
exec sh "$(dirname "$0")/kill.sh" "$1" 20
