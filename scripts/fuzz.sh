#!/usr/bin/env bash
# Runs every fuzz target of the tree for a while, one after the other, and
# stops at the first that finds something. What it found lies in the package's
# testdata/fuzz and is a test from then on.
#
#	scripts/fuzz.sh [TIME]    default: 30s
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-30s}

git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | sort |
	while IFS=: read -r file func; do
		printf '== %s %s\n' "$(dirname "$file")" "${func#func }"
		go test -run '^$' -fuzz "^${func#func }\$" -fuzztime "$time" -fuzzminimizetime 2s "./$(dirname "$file")" </dev/null
	done
