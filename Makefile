# What one does with this tree. `make test` is what .ci/run runs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build
GO ?= go

# Our Go files; those in testdata are broken on purpose.
GOFILES = $$(git ls-files --cached --others --exclude-standard '*.go' ':!testdata/**' ':!**/testdata/**')

# One set of flags for everything that is compiled for tests: the C grammars
# take minutes to compile, and are compiled once for each set. The race detector
# looks at our code, and not into SQLite (C made Go) and Go's type checker, which
# take four times as long with it.
UNRACED := modernc.org/... go/... golang.org/x/tools/...
RACE := -race -ldflags=-w $(UNRACED:%=-gcflags=%=-race=false)
TESTFLAGS := $(RACE) -shuffle=on -timeout 30m
export DEJAFIX_TEST_BUILDFLAGS := $(RACE)
# A program built for the race detector otherwise sleeps a second when it ends, and
# the tests start hundreds.
export GORACE := atexit_sleep_ms=0

.PHONY: build
build: ## bin/dejafix
	$(GO) build -o bin/dejafix ./cmd/dejafix

.PHONY: demo
demo: build ## the whole rhythm, told step by step
	scripts/demo.sh

.PHONY: tools
tools: ## editors and language servers that tests drive, into a folder outside the tree
	scripts/tools.sh

.PHONY: test
test: check ## everything that must pass before a change lands
	@# The tools come down while the grammars compile: each waits for something else.
	@scripts/tools.sh & tools=$$!; $(GO) build $(RACE) ./... && wait $$tools
	@# VS Code comes down beside the first tests; the one that wants it waits for it.
	@{ [[ $$(uname -s) != Linux ]] || scripts/tools.sh vscode || true; } & \
	$(GO) run ./scripts/testsum $(GO) test -json -vet=all $(TESTFLAGS) ./...

.PHONY: check
check: ## formatting
	@unformatted=$$(gofmt -l $(GOFILES)); \
	if [[ -n $$unformatted ]]; then echo "not formatted; run make fmt:"; echo "$$unformatted"; exit 1; fi

.PHONY: test-editors
test-editors: tools ## only the sessions in real editors
	scripts/tools.sh editors
	@# Not for the race detector: the proxy then answers later than a language server.
	DEJAFIX_TEST_BUILDFLAGS= $(GO) run ./scripts/testsum $(GO) test -json -shuffle=on -timeout 60m -tags editors ./e2e/...

.PHONY: vsix
VSIX ?= dist/dejafix-vscode.vsix
vsix: editors/vscode/node_modules/.package-lock.json ## dist/dejafix-vscode.vsix, the VS Code extension, with what lies in editors/vscode/bin
	@mkdir -p $(dir $(VSIX))
	cd editors/vscode && npm run --silent package -- --out $(abspath $(VSIX))

editors/vscode/node_modules/.package-lock.json: editors/vscode/package-lock.json
	cd editors/vscode && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-long
test-long: tools ## all cases of the checkers and of fix, the soak (10 minutes), and each fuzz target for a minute
	$(GO) test $(TESTFLAGS) -tags long ./analysis/check ./analysis/report ./learner/guard ./cmd/dejafix
	DEJAFIX_SOAK=10m $(GO) test -timeout 60m -run 'Soak' -v ./cmd/dejafix
	scripts/fuzz.sh 1m

.PHONY: bench
bench: ## times; BENCHMARKS.md holds the last ones with their machine
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: eval
eval: build ## make eval DATA=DIR [FIGURE=FILE.svg]: the standard split of DIR's fix pairs, learned and asked (long)
	@[[ -n "$(DATA)" ]] || { echo "make eval DATA=DIR: name the folder with the *.jsonl files of fix pairs"; exit 2; }
	scripts/eval.sh "$(DATA)" $(FIGURE)

.PHONY: putback
putback: ## make putback REPO=DIR [LANGUAGE=typescript] [PAIRS='DIR/*.jsonl'] [CMD='npx vitest run']: checks and suggestions on errors made of DIR's history (long)
	@[[ -n "$(REPO)" ]] || { echo "make putback REPO=DIR: name a git directory"; exit 2; }
	mkdir -p .cache
	$(GO) run ./scripts/putback -language $(or $(LANGUAGE),go) -pairs '$(PAIRS)' -test '$(CMD)' "$(REPO)" > .cache/putback.jsonl
	$(GO) run ./scripts/putback -sum .cache/putback.jsonl

.PHONY: weights
weights: ## make weights DATA=DIR: what ranks repairs, fitted anew to DIR's fix pairs (some ten minutes)
	@[[ -n "$(DATA)" ]] || { echo "make weights DATA=DIR: name the folder with the *.jsonl files of fix pairs"; exit 2; }
	mkdir -p .cache
	$(GO) run ./scripts/weights $(DATA)/*.jsonl > .cache/weights.json
	mv .cache/weights.json learner/rank/weights.json

.PHONY: lint
lint: ## golangci-lint as .golangci.yaml says; builds it once (minutes)
	scripts/lint.sh

.PHONY: release
release: ## the archives that people get, for linux x64 and arm64, into dist/release (long)
	scripts/release.sh

.PHONY: tidy
tidy: ## go.mod and go.sum, after a dependency came or went
	@# SQLite's own tests name a version that the module proxy does not have. A replace
	@# that stays in go.mod would keep people from `go install`.
	$(GO) mod edit -replace github.com/google/pprof=github.com/google/pprof@v0.0.0-20260402051712-545e8a4df936
	$(GO) mod tidy || { $(GO) mod edit -dropreplace github.com/google/pprof; exit 1; }
	$(GO) mod edit -dropreplace github.com/google/pprof

.PHONY: fmt
fmt: ## gofmt
	gofmt -w $(GOFILES)

.PHONY: generate
generate: ## what is generated from the code: rule tables, the settings in README and Lua
	$(GO) generate ./...
	$(GO) test . -run Settings -update

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | column -t -s "$$(printf '\t')"
