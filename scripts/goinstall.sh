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
# What Go calls a commit without a tag: another one for each, since the module
# cache keeps what it once had.
version=v0.0.0-$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M%S --format=%cd)-$(git rev-parse --short=12 HEAD)
cache=$(go env GOMODCACHE)
work=$(mktemp -d)
forget() {
	chmod -R u+w "$cache/$module@$version" 2>/dev/null || true # of files that nobody is to change
	rm -rf "$work" "$cache/$module@$version" "$cache/cache/download/$module/@v/$version".*
}
trap forget EXIT
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

upstream=$(go env GOPROXY)
cd "$work"
GOPROXY="file://$work/proxy,$upstream" GONOSUMDB=$module GOFLAGS= GOBIN=$bin go install "$module/cmd/dejafix@$version"
"$bin/dejafix" version
"$bin/dejafix" setup nvim --config "$work/dejafix.lua" >"$work/shown"
grep -q 'unpack the plugin' "$work/shown" || { echo "goinstall: the Neovim plugin is not inside of the program" >&2; exit 1; }
