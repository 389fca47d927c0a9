#!/usr/bin/env bash
# Shows the whole rhythm of dejafix with the real gopls in a real Neovim, step
# by step. Neovim may be missing (the story then says what stands for it),
# gopls may not.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/tools.sh gopls
scripts/tools.sh nvim || echo "demo: going on without Neovim" >&2
exec go run ./e2e/demo -dejafix bin/dejafix "$@"
