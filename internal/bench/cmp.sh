#!/usr/bin/env bash
# Compares what a plugin of Argo CD costs: airstrip cmp generate over overlays/aks,
# against Argo CD's example plugin for Helm (helm template) with sops decrypt of the
# two sealed files of the same overlay, by CPU time, in turn:
#
#     internal/bench/cmp.sh CHART.tgz [RUNS]
#
# needs airstrip, helm and sops on PATH, and prints the median ratio.
set -euo pipefail
cd "$(dirname "$0")/../.."
chart=$(realpath "$1")
runs=${2:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOPS_AGE_KEY_FILE=$PWD/examples/demo.agekey AIRSTRIP_CHART=$chart AIRSTRIP_OFFLINE=1

# Both render the same values, and both start from the overlay.
cd overlays/aks
airstrip values . >"$work/values.yaml"

ours() { airstrip cmp generate; }
theirs() {
	helm template airbyte "$chart" -n airbyte --kube-version 1.33.0 -f "$work/values.yaml"
	sops decrypt airbyte-config-secrets.sops.yaml
	sops decrypt airbyte-airbyte-secrets.sops.yaml
}

# cpu COMMAND prints user and system time together, in milliseconds.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%d\n", ($1 + $2) * 1000}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# What fails costs little: both have to work.
for command in ours theirs; do
	$command >"$work/$command" 2>"$work/errors" || {
		cat "$work/errors" >&2
		exit 1
	}
	grep -q '^kind: Deployment' "$work/$command" || {
		echo "$command prints no Deployment" >&2
		exit 1
	}
done

for ((i = 0; i < runs; i++)); do
	x=$(cpu ours)
	y=$(cpu theirs)
	echo "$x" >>"$work/x"
	echo "$y" >>"$work/y"
	awk -v x="$x" -v y="$y" 'BEGIN {printf "%.3f\n", x / y}' >>"$work/ratios"
done
printf '%-58s %s\n' 'cmp generate / helm template, then sops decrypt twice' "$(median <"$work/ratios")"
printf '%-58s %s, %s\n' 'medians, in milliseconds' "$(median <"$work/x")" "$(median <"$work/y")"
