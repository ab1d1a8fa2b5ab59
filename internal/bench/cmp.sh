#!/usr/bin/env bash
# Compares what a plugin of Argo CD costs: airstrip cmp generate over overlays/aks,
# against Argo CD's example plugin for Helm, and against helm template alone, each
# with sops decrypt of the two sealed files of the same overlay; by CPU time, in turn:
#
#     internal/bench/cmp.sh CHART.tgz [RUNS]
#
# needs airstrip, helm, sops and jq on PATH, and prints the median ratios. The example
# (argo-cd, examples/plugins/helm, generate.sh) takes its parameters apart with jq, once
# for the files of values and once for single ones, and has xargs call helm template
# over the chart in the repository.
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

tar -xzf "$chart" -C "$work"
parameters='[{"name": "values-files", "array": ["'$work/values.yaml'"]}, {"name": "helm-parameters", "map": {"global.logging.level": "INFO"}}]'

ours() { airstrip cmp generate; }
open() {
	sops decrypt airbyte-config-secrets.sops.yaml
	sops decrypt airbyte-airbyte-secrets.sops.yaml
}
template() {
	helm template airbyte "$chart" -n airbyte --kube-version 1.33.0 -f "$work/values.yaml"
	open
}
plugin() {
	local files set
	files=$(echo "$parameters" | jq -r '.[] | select(.name == "values-files").array[] | "--values=" + .')
	set=$(echo "$parameters" | jq -r '.[] | select(.name == "helm-parameters").map | to_entries[] | "--set=\(.key)=\(.value)"')
	echo "airbyte $work/airbyte -n airbyte --kube-version 1.33.0 $files $set" | xargs helm template
	open
}

# cpu COMMAND prints user and system time together, in milliseconds.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%d\n", ($1 + $2) * 1000}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# What fails costs little: all have to work.
for command in ours template plugin; do
	$command >"$work/$command" 2>"$work/errors" || {
		cat "$work/errors" >&2
		exit 1
	}
	grep -q '^kind: Deployment' "$work/$command" || {
		echo "$command prints no Deployment" >&2
		exit 1
	}
	: >"$work/$command"
done

for ((i = 0; i < runs; i++)); do
	for command in ours template plugin; do
		cpu $command >>"$work/$command"
	done
done
ratio() { paste "$work/ours" "$work/$1" | awk '{printf "%.3f\n", $1 / $2}' | median; }
printf '%-66s %s\n' \
	"cmp generate / Argo CD's example plugin, then sops decrypt twice" "$(ratio plugin)" \
	'cmp generate / helm template, then sops decrypt twice' "$(ratio template)" \
	'medians, in milliseconds' "$(median <"$work/ours"), $(median <"$work/plugin"), $(median <"$work/template")"
