#!/usr/bin/env bash
# Compares what the review of an upgrade costs: airstrip diff of overlays/*, renders
# included, against dyff between (github.com/homeport/dyff) of the same three
# environments, rendered before, by CPU time, in turn:
#
#     internal/bench/diff.sh OLD.tgz NEW.tgz [RUNS]
#
# needs airstrip, dyff and git on PATH, and prints the median ratios.
set -euo pipefail
cd "$(dirname "$0")/../.."
old=$(realpath "$1")
new=$(realpath "$2")
runs=${3:-15}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AIRSTRIP_OFFLINE=1 AIRSTRIP_CHART= CI= GIT_CONFIG_GLOBAL=/dev/null NO_COLOR=1

# A repository that goes from one chart to the other, with what it rendered before. The
# sealed Secrets hold every key that either asks for.
cp -r overlays bases "$work"
for dir in "$work"/overlays/*; do cp testdata/sealed/*.yaml "$dir"; done
cd "$work"
sed -i -e 's,version: .*,path: ../../chart.tgz,' -e '/digest:/d' bases/airbyte/airbyte.yaml
cp "$old" chart.tgz
git init -q
git add .
git -c user.name=bench -c user.email=bench@localhost commit -qm old
airstrip render overlays/* 2>/dev/null
environments=(aks eks-alb gke-nginx)
for name in "${environments[@]}"; do airstrip render -o - "overlays/$name" >"$name.old.yaml" 2>/dev/null; done
cp -r rendered before
cp "$new" chart.tgz
airstrip render -o after overlays/* 2>/dev/null
for name in "${environments[@]}"; do airstrip render -o - "overlays/$name" >"$name.new.yaml" 2>/dev/null; done

rendered() { airstrip diff; }
revision() { airstrip diff --against HEAD; }
folders() { airstrip diff --base before after; }
theirs() { for name in "${environments[@]}"; do dyff between -b "$name.old.yaml" "$name.new.yaml"; done; }

# cpu COMMAND prints user and system time together, in milliseconds.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{printf "%d\n", ($1 + $2) * 1000}'
}
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

# What fails costs little: all of them have to work, and to find the new version.
for command in rendered revision folders theirs; do
	$command >"$command.out" 2>"$command.err" || {
		cat "$command.err" >&2
		exit 1
	}
	grep -q AIRBYTE_VERSION "$command.out" || {
		echo "$command finds no new version" >&2
		exit 1
	}
done

for ((i = 0; i < runs; i++)); do
	theirs=$(cpu theirs)
	echo "$theirs" >>theirs.ms
	for command in rendered revision folders; do
		x=$(cpu "$command")
		echo "$x" >>"$command.ms"
		awk -v x="$x" -v y="$theirs" 'BEGIN {printf "%.3f\n", x / y}' >>"$command.ratio"
	done
done
line() { printf '%-58s %s (%s ms)\n' "$1 / 3 dyff between" "$(median <"$2.ratio")" "$(median <"$2.ms")"; }
line 'diff with rendered/, 3 renders included' rendered
line 'diff --against HEAD, 6 renders and git included' revision
line 'diff --base, no render' folders
printf '%-58s %s ms\n' '3 dyff between' "$(median <theirs.ms)"
