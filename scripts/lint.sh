#!/usr/bin/env bash
# Runs golangci-lint in its pinned version, built on first use into the folder
# of scripts/tools.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
version=v2.15.0
bin=$(scripts/tools.sh path)/golangci-lint-$version

if [[ ! -x $bin/golangci-lint ]]; then
	echo "lint: building golangci-lint $version (minutes)" >&2
	GOBIN=$bin go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
fi
exec "$bin/golangci-lint" run "$@" ./...
