#!/usr/bin/env bash
# Builds what is given to people: one archive for each system, with the program
# and, where `make vsix` made it, the VS Code extension, and the sums of all.
#
#	scripts/release.sh [-o DIR] [OS/ARCH]...    default: dist/release, linux/amd64 linux/arm64
#
# The grammars are C, so that each system needs its compiler: for linux/arm64 on
# another machine aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu and
# libc6-dev-arm64-cross); macOS and Windows are built on themselves
# (.github/workflows/release.yml). Linux programs are linked statically, so that
# they run on any distribution. The same commit gives the same bytes, with the
# same compilers.
set -euo pipefail # and, for the bash of macOS: no empty array is expanded bare
cd "$(dirname "$0")/.."

die() {
	printf 'release: %s\nrelease: next: %s\n' "$1" "$2" >&2
	exit 1
}

out=dist/release
if [[ ${1:-} == -o ]]; then
	[[ -n ${2:-} ]] || die "-o needs a folder" "scripts/release.sh -o DIR"
	out=$2
	shift 2
fi
[[ $# -gt 0 ]] || set -- linux/amd64 linux/arm64

[[ -z $(git status --porcelain --untracked-files=no) ]] ||
	die "the tree differs from its commit" "commit or undo the changes: a release says which commit it is"
version=$(sed -n 's/^const version = "\(.*\)"$/\1/p' cmd/dejafix/version.go)
[[ -n $version ]] || die "cmd/dejafix/version.go names no version" "look for const version there"
tag=$(git tag --points-at HEAD | grep '^v' | head -n 1) || true
[[ -z $tag || $tag == "v$version" ]] || die "the tag is $tag and the program says $version" "make them the same"
when=$(git log -1 --format=%ct)
host=$(go env GOHOSTOS)/$(go env GOHOSTARCH)

# compiler OS/ARCH prints the C compiler for a system.
compiler() {
	case $1 in
	"$host") go env CC ;;
	linux/arm64) echo aarch64-linux-gnu-gcc ;;
	linux/amd64) echo x86_64-linux-gnu-gcc ;;
	*) die "no compiler here makes programs for $1" "build it on that system (.github/workflows/release.yml does)" ;;
	esac
}

# runs PROGRAM OS/ARCH says what the program says of itself, where it can run.
runs() {
	local with=()
	if [[ $2 != "$host" ]]; then
		with=("qemu-${2##*/}")
		with=("${with[0]/arm64/aarch64}")
		with=("${with[0]/amd64/x86_64}")
		command -v "${with[0]}" >/dev/null || { echo "not run here (${with[0]} is not installed)"; return; }
	fi
	${with[@]+"${with[@]}"} "$1" version | tr '\n' ' '
	[[ ${#with[@]} -eq 0 ]] || printf 'under %s' "${with[0]}"
	echo
}

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for target; do
	os=${target%/*} arch=${target#*/}
	cc=$(compiler "$target")
	command -v "${cc%% *}" >/dev/null || die "$cc is not installed" "install it (Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)"
	name=dejafix-$version-$os-$arch
	program=dejafix
	flags="-s -w -buildid="
	tags=()
	case $os in
	linux)
		# Nothing of ours asks for users or hosts by name, which is what a static
		# C library cannot do.
		flags+=' -linkmode external -extldflags "-static"'
		tags=(-tags osusergo,netgo)
		;;
	windows) program=dejafix.exe ;;
	esac
	mkdir -p "$work/$name"
	CGO_ENABLED=1 GOOS=$os GOARCH=$arch CC=$cc \
		go build -trimpath -buildvcs=true ${tags[@]+"${tags[@]}"} -ldflags "$flags" -o "$work/$name/$program" ./cmd/dejafix
	cp LICENSE README.md CHANGELOG.md "$work/$name/"
	[[ ! -f dist/dejafix-vscode.vsix ]] || cp dist/dejafix-vscode.vsix "$work/$name/"
	case $os in
	windows)
		archive=$name.zip
		rm -f "$out/$archive"
		(cd "$work" && 7z a -bso0 -tzip "$out/$archive" "$name")
		;;
	linux)
		archive=$name.tar.gz
		tar -C "$work" --sort=name --mtime="@$when" --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w -cf - "$name" |
			gzip -n -9 >"$out/$archive"
		;;
	*)
		archive=$name.tar.gz
		tar -C "$work" -czf "$out/$archive" "$name"
		;;
	esac
	printf '%s\t%s bytes\t%s\n' "$archive" "$(wc -c <"$out/$archive" | tr -d ' ')" "$(runs "$work/$name/$program" "$target")"
done
[[ ! -f dist/dejafix-vscode.vsix ]] || cp dist/dejafix-vscode.vsix "$out/dejafix-$version.vsix"
cd "$out"
rm -f SHA256SUMS
if command -v sha256sum >/dev/null; then
	sha256sum -- * >"$work/sums"
else
	shasum -a 256 -- * >"$work/sums"
fi
mv "$work/sums" SHA256SUMS
cat SHA256SUMS
