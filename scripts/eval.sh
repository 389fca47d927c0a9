#!/usr/bin/env bash
# Measures bin/dejafix on the standard split of fix pairs: learned from 1, 3, 5,
# 10 and all examples of a code. Leaves the results and the figure in
# .cache/eval, and prints the tables of BENCHMARKS.md.
#
#	scripts/eval.sh DIR [FIGURE.svg]    *.jsonl in DIR, or in DIR/fixpairs
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?name the folder with the *.jsonl files of fix pairs}
out=.cache/eval
figure=${2:-$out/eval.svg}

shopt -s nullglob
files=("$data"/*.jsonl)
((${#files[@]})) || files=("$data"/fixpairs/*.jsonl)
((${#files[@]})) || { echo "eval: no *.jsonl in $data: name the folder with the fix pairs" >&2; exit 1; }

rm -rf "$out" && mkdir -p "$out"
bin/dejafix eval split "${files[@]}" --out "$out" >&2
for k in 1 3 5 10 0; do # 0: all
	name=$k
	((k)) || name=all
	echo "eval: learning from $name" >&2
	bin/dejafix eval fixes --train "$out/train.jsonl" --test "$out/test.jsonl" --k "$k" --json >"$out/$name.json"
done
go run ./scripts/evalfigure -o "$figure" "$out"/*.json
echo "eval: the figure is $figure, the results are $out/*.json" >&2
