#!/usr/bin/env bash
# Installs the editors, language servers and checkers that the tests and
# `make demo` drive, and nothing on the machine itself: everything lies in
# one folder outside the tree.
#
#	scripts/tools.sh [nvim|gopls|pyright|typescript|eslint|ruff|all]...    default: all
#	scripts/tools.sh vscode          VS Code with a browser, which is the largest by far
#	scripts/tools.sh editors         what `make test-editors` needs: vscode, helix, emacs, clangd, pytest, vitest
#	scripts/tools.sh path            prints the folder
#
# The folder is $DEJAFIX_TOOLS, else dejafix-tools in the user's cache folder.
# Its bin/ holds one link per tool (nvim-0.10, nvim-0.12, gopls, …); what is
# there already in the pinned version is left alone, so a second run takes a
# moment. A tool is unpacked beside its place and its link is put last, so a
# run that was cut off leaves nothing half-done; two runs at once wait for each
# other.
set -euo pipefail

# The pins. Neovim comes from Debian suites, which move within a minor version.
NVIM_SUITES=(0.10=trixie 0.12=forky)
DEBIAN_SUITE=trixie # of what follows
HELIX=25.01
EMACS=30.1
CLANGD=19
CODE_SERVER=4.139.1 # VS Code 1.139
CODE_SERVER_NODE=24.21.0
PLAYWRIGHT=1.65.1
GOPLS=v0.23.0 # gopls@latest wants a newer Go than ours
PYRIGHT=1.1.414
TYPESCRIPT=5.9.3
TYPESCRIPT_LANGUAGE_SERVER=5.3.0
TYPESCRIPT_NATIVE=7.0.2 # has no JavaScript interface
# One eslint for each kind of configuration: flat, and the older one.
ESLINT=9.39.4
ESLINT_LEGACY=8.57.1
RUFF=0.17.6
PYTEST=9.2.0
VITEST=3.2.4 # the last that runs on Node 20.11

tools=${DEJAFIX_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/dejafix-tools}
attempts=3

say() { printf 'tools: %s\n' "$*" >&2; }

# die WHAT NEXT says what is wrong and what to do about it.
die() {
	say "$1"
	say "next: $2"
	exit 1
}

# retry LOG COMMAND… runs COMMAND until it succeeds, $attempts times.
retry() {
	local log=$1 try
	shift
	for ((try = 1; try <= attempts; try++)); do
		if "$@" >"$log" 2>&1; then return 0; fi
		if ((try < attempts)); then
			say "attempt $try of $attempts failed, once more: $*"
			sleep $((try * 3))
		fi
	done
	tail -n 15 "$log" >&2
	return 1
}

# need COMMAND NEXT stops where COMMAND is not installed.
need() {
	command -v "$1" >/dev/null || die "$1 is not installed" "$2"
}

# link NAME TARGET puts bin/NAME in place at once.
link() {
	ln -s "$2" "$tools/bin/.$1.$$"
	mv -f "$tools/bin/.$1.$$" "$tools/bin/$1"
}

# fresh NAME makes a new empty folder, $dir, for one version of a tool. It goes
# again when the tool is not complete in the end.
fresh() {
	dir=$(mktemp -d "$tools/$1.XXXXXX")
	unfinished=$dir
}
unfinished=
trap '[[ -z $unfinished ]] || rm -rf "$unfinished"' EXIT

# installed NAME… holds when every bin/NAME runs from the folder of PREFIX.
installed() {
	local prefix=$1 name
	shift
	for name; do
		[[ -x $tools/bin/$name && $(readlink "$tools/bin/$name") == "$tools/$prefix".* ]] || return 1
	done
}

# ---- Neovim

# debian_mirror prints the URI of the mirror that this machine uses.
debian_mirror() {
	[[ $( (. /etc/os-release && echo "$ID") 2>/dev/null) == debian ]] || return 1
	local uris
	uris=$(
		awk '$1 == "URIs:" { print $2 }' /etc/apt/sources.list.d/debian.sources 2>/dev/null
		awk '$1 == "deb" { sub(/\[[^]]*\] */, ""); print $2 }' /etc/apt/sources.list 2>/dev/null
	) || true
	[[ -n $uris ]] && printf '%s\n' "${uris%%$'\n'*}"
}

# nvim_elsewhere links an installed Neovim, where Debian's cannot be unpacked.
nvim_elsewhere() {
	local nvim version
	nvim=$(command -v nvim) ||
		die "$1, and no nvim is installed" "install Neovim 0.10 or newer, so that nvim is in PATH, and run scripts/tools.sh nvim again"
	version=$("$nvim" --version | awk 'NR == 1 { sub(/^v/, "", $2); print $2 }')
	case $version in
	0.[0-9].*) die "$1, and $nvim is $version" "install Neovim 0.10 or newer and run scripts/tools.sh nvim again" ;;
	esac
	say "$1: using $nvim ($version) instead"
	link nvim-host "$nvim"
}

# debian_unpack AGAIN SUITE PACKAGE… unpacks Debian's packages with all their
# libraries, libc too, into $dir, so that they run on an older Debian. $mirror,
# $triplet and $loader are debian_here's; AGAIN is what tools.sh installs.
debian_unpack() {
	local again=$1 suite=$2 apt=$dir/apt deb
	shift 2
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$dir/bin" "$dir/share"
	: >"$apt/status" # empty, so that every dependency is fetched
	cat >"$apt/debian.sources" <<-SOURCES
		Types: deb
		URIs: $mirror
		Suites: $suite
		Components: main
		Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
	SOURCES
	cat >"$apt/apt.conf" <<-CONF
		Dir::State "$apt/state";
		Dir::State::lists "$apt/state/lists";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
		Dir::Etc::sourcelist "$apt/debian.sources";
		Dir::Etc::sourceparts "/dev/null";
		Acquire::Languages "none";
		APT::Sandbox::User "";
	CONF
	local next="check the network and the mirror in /etc/apt, then run scripts/tools.sh $again again"
	retry "$apt/log" env APT_CONFIG="$apt/apt.conf" apt-get -qq -o Acquire::Retries=3 --error-on=any update ||
		die "apt-get update for $suite failed" "$next"
	# patchelf comes along rather than from the machine: nobody need be root.
	retry "$apt/log" env APT_CONFIG="$apt/apt.conf" apt-get -y -qq -o Acquire::Retries=3 \
		--download-only -o Debug::NoLocking=1 --no-install-recommends install "$@" patchelf ||
		die "$* could not be downloaded from $suite" "$next"
	for deb in "$apt"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$dir"
	done
	rm -rf "$apt"
}

# debian_program FROM TO copies an unpacked program so that it finds its
# libraries. The loader is written into it, since programs start themselves
# again (nvim for its terminal interface). This is why $dir must not move.
debian_program() {
	local lib=$dir/usr/lib/$triplet
	cp "$(readlink -f "$dir/$1")" "$dir/$2.new"
	"$lib/$loader" --library-path "$lib" "$dir/usr/bin/patchelf" \
		--set-interpreter "$lib/$loader" --force-rpath --set-rpath "$lib${3:+:$dir/$3}" "$dir/$2.new"
	mv -f "$dir/$2.new" "$dir/$2"
}

# debian_here sets $mirror, $triplet and $loader, or says in $why why nothing
# of Debian can be unpacked.
debian_here() {
	mirror=$(debian_mirror) || { why="this is not Debian"; return 1; }
	case $(dpkg --print-architecture) in
	amd64) triplet=x86_64-linux-gnu loader=ld-linux-x86-64.so.2 ;;
	arm64) triplet=aarch64-linux-gnu loader=ld-linux-aarch64.so.1 ;;
	*) why="nothing is unpacked for $(dpkg --print-architecture)"; return 1 ;;
	esac
}

# nvim_unpack VERSION SUITE unpacks Debian's Neovim.
nvim_unpack() {
	local version=$1 suite=$2 dir
	installed "nvim-$version" "nvim-$version" && return
	say "unpacking Neovim $version from Debian $suite"
	fresh "nvim-$version"
	debian_unpack nvim "$suite" neovim
	debian_program usr/bin/nvim bin/nvim
	ln -s ../usr/share/nvim "$dir/share/nvim"
	case $("$dir/bin/nvim" --version | head -n 1) in
	"NVIM v$version."*) ;;
	*) die "Debian $suite no longer has Neovim $version: $("$dir/bin/nvim" --version | head -n 1)" "name another suite in NVIM_SUITES of scripts/tools.sh" ;;
	esac
	link "nvim-$version" "$dir/bin/nvim"
	unfinished=
}

install_nvim() {
	local mirror triplet loader why pair
	debian_here || { nvim_elsewhere "$why"; return; }
	for pair in "${NVIM_SUITES[@]}"; do
		nvim_unpack "${pair%%=*}" "${pair#*=}"
	done
}

# ---- Editors that only `make test-editors` drives, and clangd

# elsewhere NAME COMMAND links an installed program, where Debian's cannot be
# unpacked.
elsewhere() {
	local path
	path=$(command -v "$2") || die "$why, and no $2 is installed" "install $2, so that it is in PATH, and run scripts/tools.sh $1 again"
	say "$why: using $path instead"
	link "$2" "$path"
}

install_helix() {
	local mirror triplet loader why dir
	debian_here || { elsewhere helix hx; return; }
	installed "helix-$HELIX" hx && return
	say "unpacking Helix $HELIX from Debian $DEBIAN_SUITE"
	fresh "helix-$HELIX"
	debian_unpack helix "$DEBIAN_SUITE" hx
	debian_program usr/bin/hx bin/hx.real
	cat >"$dir/bin/hx" <<-RUN
		#!/bin/sh
		HELIX_RUNTIME=\${HELIX_RUNTIME:-$dir/usr/lib/hx/runtime} exec "$dir/bin/hx.real" "\$@"
	RUN
	chmod +x "$dir/bin/hx"
	unpacked_is "$("$dir/bin/hx" --version)" "$HELIX" "Helix"
	link hx "$dir/bin/hx"
	unfinished=
}

install_emacs() {
	local mirror triplet loader why dir lisp libexec
	debian_here || { elsewhere emacs emacs; return; }
	installed "emacs-$EMACS" emacs && return
	say "unpacking Emacs $EMACS from Debian $DEBIAN_SUITE"
	fresh "emacs-$EMACS"
	debian_unpack emacs "$DEBIAN_SUITE" emacs-nox
	debian_program usr/bin/emacs-nox bin/emacs.real
	# Its compiled Lisp is looked for beside its bin.
	ln -s "usr/lib/emacs/$EMACS/native-lisp" "$dir/native-lisp"
	lisp=$dir/usr/share/emacs/$EMACS libexec=$dir/usr/libexec/emacs/$EMACS/$triplet
	cat >"$dir/bin/emacs" <<-RUN
		#!/bin/sh
		export EMACSDATA="$lisp/etc" EMACSDOC="$lisp/etc" EMACSPATH="$libexec"
		export EMACSLOADPATH="$lisp/lisp:\$(find "$lisp/lisp" -mindepth 1 -type d ! -name obsolete ! -name term | tr '\n' ':')"
		exec "$dir/bin/emacs.real" --dump-file="\$(echo "$libexec"/emacs*.pdmp)" "\$@"
	RUN
	chmod +x "$dir/bin/emacs"
	unpacked_is "$("$dir/bin/emacs" --version | head -n 1)" "$EMACS" "Emacs"
	link emacs "$dir/bin/emacs"
	unfinished=
}

install_clangd() {
	local mirror triplet loader why dir
	debian_here || { elsewhere clangd clangd; return; }
	installed "clangd-$CLANGD" clangd && return
	say "unpacking clangd $CLANGD from Debian $DEBIAN_SUITE"
	fresh "clangd-$CLANGD"
	debian_unpack clangd "$DEBIAN_SUITE" "clangd-$CLANGD"
	# It looks for its headers beside itself.
	debian_program "usr/lib/llvm-$CLANGD/bin/clangd" "usr/lib/llvm-$CLANGD/bin/clangd" "usr/lib/llvm-$CLANGD/lib"
	unpacked_is "$("$dir/usr/lib/llvm-$CLANGD/bin/clangd" --version)" "version $CLANGD." clangd
	link clangd "$dir/usr/lib/llvm-$CLANGD/bin/clangd"
	unfinished=
}

# unpacked_is SAYS WANT NAME holds a pin that Debian may have moved on from.
unpacked_is() {
	[[ $1 == *"$2"* ]] || die "Debian $DEBIAN_SUITE no longer has $3 $2: $1" "name the version it has at the head of scripts/tools.sh"
}

install_vscode() {
	install_chromium
	install_playwright
	install_code_server
}

# VS Code as code-server, from npm alone: nothing is compiled. The modules that
# are missing for it cost only lines of its log. It comes with a Node of its
# own, since it wants a newer one than the rest of the tree.
install_code_server() {
	local dir node system inside
	case $(uname -sm) in
	"Linux x86_64") system=linux-x64 ;;
	"Linux aarch64") system=linux-arm64 ;;
	*) die "code-server is not installed for $(uname -sm)" "run the tests of VS Code on Linux" ;;
	esac
	installed "code-server-$CODE_SERVER" code-server && return
	need npm "install Node 20 or newer with npm, then run scripts/tools.sh again"
	say "installing code-server $CODE_SERVER (250 MB)"
	fresh "code-server-$CODE_SERVER"
	local next="check that the npm registry is reached, then run scripts/tools.sh code-server again"
	retry "$dir/log" npm install --prefix "$dir" --no-package-lock --no-audit --no-fund --no-progress --ignore-scripts \
		"node-$system@$CODE_SERVER_NODE" "code-server@$CODE_SERVER" || die "npm could not install code-server" "$next"
	node=$dir/node_modules/node-$system/bin
	# The second brings TypeScript, for VS Code's own extension.
	for inside in lib/vscode lib/vscode/extensions; do
		retry "$dir/log" env PATH="$node:$PATH" npm install --prefix "$dir/node_modules/code-server/$inside" \
			--no-package-lock --no-audit --no-fund --no-progress --ignore-scripts --omit=dev ||
			die "npm could not install what code-server needs in $inside" "$next"
	done
	cat >"$dir/code-server" <<-RUN
		#!/bin/sh
		exec "$node/node" "$dir/node_modules/code-server/out/node/entry.js" "\$@"
	RUN
	chmod +x "$dir/code-server"
	"$dir/code-server" --version >/dev/null || die "code-server does not run" "look at what it says above"
	link code-server "$dir/code-server"
	unfinished=
}

# The browser that code-server is looked at with: the machine's, or Debian's.
install_chromium() {
	local path
	for path in chromium chromium-browser google-chrome; do
		if path=$(command -v "$path"); then
			[[ -x $tools/bin/chromium ]] || link chromium "$path"
			return
		fi
	done
	[[ $(id -u) == 0 ]] && command -v apt-get >/dev/null ||
		die "no chromium is installed" "install chromium, so that it is in PATH, and run scripts/tools.sh chromium again"
	say "installing chromium with apt-get"
	local log=$tools/chromium.log
	retry "$log" apt-get -qq -o Acquire::Retries=3 update &&
		retry "$log" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Acquire::Retries=3 \
			--no-install-recommends install chromium fonts-dejavu-core ||
		die "apt-get could not install chromium" "look at $log, then run scripts/tools.sh chromium again"
	rm -f "$log"
	link chromium "$(command -v chromium)"
}

install_playwright() {
	npm_install "playwright-core-$PLAYWRIGHT" "playwright-core" "playwright-core@$PLAYWRIGHT"
}

# ---- Language servers

install_gopls() {
	installed "gopls-$GOPLS" gopls && return
	need go "install Go, as in go.mod"
	say "building gopls $GOPLS"
	local dir
	fresh "gopls-$GOPLS"
	retry "$dir/log" env GOBIN="$dir" GOFLAGS= go install "golang.org/x/tools/gopls@$GOPLS" ||
		die "gopls could not be built" "check that the Go module proxy is reached, then run scripts/tools.sh gopls again"
	link gopls "$dir/gopls"
	unfinished=
}

# npm_install PREFIX "COMMAND…" PACKAGE… installs packages in a folder of their
# own and links the commands; LINK=COMMAND names the link otherwise. npm refuses
# a package whose digest is not the registry's; no lock file is kept, since it
# would hold addresses.
npm_install() {
	local prefix=$1 commands=$2 dir name
	shift 2
	# shellcheck disable=SC2086 # a list of words
	installed "$prefix" $(printf '%s\n' $commands | sed 's/=.*//') && return
	need npm "install Node 20 or newer with npm, then run scripts/tools.sh again"
	say "installing $*"
	fresh "$prefix"
	retry "$dir/log" npm install --prefix "$dir" --no-package-lock --no-audit --no-fund --no-progress --ignore-scripts "$@" ||
		die "npm could not install $*" "check that the npm registry is reached, then run scripts/tools.sh again"
	for name in $commands; do
		link "${name%%=*}" "$dir/node_modules/.bin/${name#*=}"
	done
	unfinished=
}

install_pyright() {
	npm_install "pyright-$PYRIGHT" "pyright pyright-langserver" "pyright@$PYRIGHT"
}

install_typescript() {
	npm_install "typescript-$TYPESCRIPT-$TYPESCRIPT_LANGUAGE_SERVER" "tsc typescript-language-server" \
		"typescript@$TYPESCRIPT" "typescript-language-server@$TYPESCRIPT_LANGUAGE_SERVER"
	npm_install "typescript-native-$TYPESCRIPT_NATIVE" "tsc-native=tsc" "typescript@$TYPESCRIPT_NATIVE"
}

install_eslint() {
	npm_install "eslint-$ESLINT" "eslint" "eslint@$ESLINT"
	npm_install "eslint-legacy-$ESLINT_LEGACY" "eslint-legacy=eslint" "eslint@$ESLINT_LEGACY"
}

# pip refuses a package whose digest is not the index's.
install_ruff() {
	installed "ruff-$RUFF" ruff && return
	need python3 "install Python 3 with pip, then run scripts/tools.sh again"
	say "installing ruff $RUFF"
	local dir
	fresh "ruff-$RUFF"
	retry "$dir/log" python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --target "$dir" "ruff==$RUFF" ||
		die "pip could not install ruff" "check that pip and the package index are reached, then run scripts/tools.sh ruff again"
	link ruff "$dir/bin/ruff"
	unfinished=
}

# What sessions in editors run tests with.
install_pytest() {
	installed "pytest-$PYTEST" pytest && return
	need python3 "install Python 3 with pip, then run scripts/tools.sh again"
	say "installing pytest $PYTEST"
	local dir
	fresh "pytest-$PYTEST"
	retry "$dir/log" python3 -m pip install --quiet --disable-pip-version-check --only-binary :all: --target "$dir" "pytest==$PYTEST" ||
		die "pip could not install pytest" "check that pip and the package index are reached, then run scripts/tools.sh pytest again"
	# The one that pip made does not find the package beside it.
	cat >"$dir/bin/pytest" <<-RUN
		#!/bin/sh
		PYTHONPATH="$dir" exec python3 -m pytest "\$@"
	RUN
	chmod +x "$dir/bin/pytest"
	link pytest "$dir/bin/pytest"
	unfinished=
}

install_vitest() {
	npm_install "vitest-$VITEST" "vitest" "vitest@$VITEST"
}

[[ ${1:-} != path ]] || { printf '%s\n' "$tools"; exit 0; }
mkdir -p "$tools/bin" || die "$tools cannot be made" "set DEJAFIX_TOOLS to a folder that can be written"
tools=$(cd "$tools" && pwd -P)
# Without flock two runs do the same work twice; the links keep that harmless.
if command -v flock >/dev/null; then
	exec 9>"$tools/lock"
	flock -n 9 || { say "waiting for another run"; flock 9; }
fi
[[ $# -gt 0 ]] || set -- all
for what; do
	case $what in
	nvim | gopls | pyright | typescript | eslint | ruff | helix | emacs | clangd | pytest | vitest | chromium | playwright) "install_$what" ;;
	code-server) install_code_server ;;
	vscode) install_vscode ;;
	editors) install_helix; install_emacs; install_clangd; install_pytest; install_vitest; install_vscode ;;
	all) install_nvim; install_gopls; install_pyright; install_typescript; install_eslint; install_ruff ;;
	*) die "unknown tool: $what" "name one of nvim, gopls, pyright, typescript, eslint, ruff, vscode, all, helix, emacs, clangd, pytest, vitest, code-server, chromium, playwright, editors" ;;
	esac
done
