#!/usr/bin/env bash
# Compares whole processes by CPU time, in turn, and prints the median ratios:
#
#     internal/bench/compare.sh CHART.tgz [RUNS]
#
# needs airstrip, helm and kustomize on PATH. Ratios of one run can be compared
# between machines; seconds cannot.
set -euo pipefail
cd "$(dirname "$0")/../.."
chart=$(realpath "$1")
runs=${2:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

render() { airstrip render --chart "$chart" --output "$work/$RANDOM$RANDOM" overlays/aks overlays/eks-alb overlays/gke-nginx; }
template() { helm template airbyte "$chart" -n airbyte --include-crds --kube-version 1.33.0; }
helm3() { for _ in 1 2 3; do template >/dev/null; done; }
piped3() {
	for _ in 1 2 3; do
		mkdir -p "$work/k"
		template >"$work/k/all.yaml"
		echo 'resources: [all.yaml]' >"$work/k/kustomization.yaml"
		kustomize build "$work/k" >/dev/null
	done
}

# cpu COMMAND prints user and system time together, in milliseconds.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%d\n", ($1 + $2) * 1000}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# ratio NAME A B runs A and B in turn.
ratio() {
	local name=$1 a=$2 b=$3 i x y
	: >"$work/ratios"
	cpu "$a" >/dev/null
	cpu "$b" >/dev/null
	for ((i = 0; i < runs; i++)); do
		x=$(cpu "$a")
		y=$(cpu "$b")
		awk -v x="$x" -v y="$y" 'BEGIN {printf "%.3f\n", x / y}' >>"$work/ratios"
	done
	printf '%-58s %s\n' "$name" "$(median <"$work/ratios")"
}

version() { for _ in 1 2 3 4 5; do airstrip version; done; }
helmversion() { for _ in 1 2 3 4 5; do helm version; done; }
ratio 'render 3 overlays / 3 x helm template' render helm3
ratio 'render 3 overlays / 3 x helm template | kustomize build' render piped3
ratio 'airstrip version / helm version' version helmversion
if command -v /usr/bin/time >/dev/null; then
	peak=$(for ((i = 0; i < 5; i++)); do
		/usr/bin/time -f %M airstrip render --chart "$chart" --output "$work/m$i" overlays/aks overlays/eks-alb overlays/gke-nginx 2>&1 | tail -1
	done | median)
	printf '%-58s %s MiB\n' 'peak memory of the render' "$((peak / 1024))"
fi
