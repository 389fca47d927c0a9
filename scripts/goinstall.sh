#!/usr/bin/env bash
# Tries `go install github.com/dejafix/dejafix/cmd/dejafix@VERSION` for the last
# commit, as for somebody without a checkout: from the module's archive, that a
# module proxy of files serves. What the program needs and is not in the archive,
# or a go.mod that forbids it (a replace does), shows here.
#
#	scripts/goinstall.sh [DIR]    installs into DIR; default: a folder that goes again
set -euo pipefail
cd "$(dirname "$0")/.."

module=github.com/dejafix/dejafix
version=v$(sed -n 's/^const version = "\(.*\)"$/\1/p' cmd/dejafix/version.go)
work=$(mktemp -d)
# The module cache has no writable files, and keeps its copy of the module.
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
bin=${1:-$work/bin}

# Nested modules are no part of this one.
apart=()
while IFS= read -r file; do
	apart+=(":!${file%/go.mod}")
done < <(git ls-files '*/go.mod')
proxy=$work/proxy/$module/@v
mkdir -p "$proxy"
git archive --format=zip --prefix="$module@$version/" -o "$proxy/$version.zip" HEAD -- . "${apart[@]}"
git show HEAD:go.mod >"$proxy/$version.mod"
printf '{"Version":"%s","Time":"%s"}\n' "$version" "$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)" >"$proxy/$version.info"
printf '%s\n' "$version" >"$proxy/list"

# Away from the checkout, and from a copy of the module of an earlier try.
sources=$(go env GOMODCACHE)/cache/download
upstream=$(go env GOPROXY)
cd "$work"
GOPROXY="file://$work/proxy,file://$sources,$upstream" GONOSUMDB=$module GOMODCACHE=$work/mod GOFLAGS=-modcacherw GOBIN=$bin \
	go install "$module/cmd/dejafix@$version"
"$bin/dejafix" version
"$bin/dejafix" setup nvim --config "$work/dejafix.lua" >"$work/shown"
grep -q 'unpack the plugin' "$work/shown" || { echo "goinstall: the Neovim plugin is not inside of the program" >&2; exit 1; }
