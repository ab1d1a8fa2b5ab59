#!/bin/sh
# Renders the three overlays of this repository with no network: demo.sh AIRSTRIP OUTPUT
set -eu
airstrip=$1
output=$2
chart=testdata/charts/airbyte/v2

rm -rf "$output"
cat <<EOF
This demo has no network: it renders the stand-in chart in $chart,
written for this project's tests, in place of Airbyte's own. The overlays are
the real ones; \`airstrip render overlays/*\` renders the official chart.

EOF
echo "\$ airstrip render --chart $chart --output $output overlays/*"
"$airstrip" render --offline --chart "$chart" --output "$output" overlays/eks-alb overlays/gke-nginx overlays/aks
for dir in "$output"/*/; do
	echo
	echo "$dir"
	(cd "$dir" && find . -type f | sed 's,^\./,  ,' | LC_ALL=C sort)
done
cat <<EOF

What the chart leaves to Helm, and what became of it in eks-alb (argocd):
EOF
grep -h -A1 '^kind:\|argocd.argoproj.io/hook:\|argocd.argoproj.io/sync-wave' "$output/eks-alb/serviceaccount-airbyte-sa.yaml" "$output"/eks-alb/job-airbyte-bootloader*.yaml |
	grep 'kind:\|argocd' | sed 's,^ *,  ,'
cat <<EOF

and in gke-nginx (flux), layers for dependsOn to order:
EOF
sed -n '/^resources/,$p' "$output/gke-nginx/kustomization.yaml" | sed 's,^,  ,'
cat <<EOF

The config Secret of aks, sealed once with SOPS and carried through as it is:
EOF
grep ': ENC' "$output/aks/secret-airbyte-config-secrets.yaml" | head -3 | sed 's/\(ENC.\{40\}\).*/\1…/'
cat <<EOF

A release of the chart (stand-in 2.0 to 2.1), as git shows it for each environment:
EOF
next=$output-next
"$airstrip" render --offline --chart testdata/charts/airbyte/v2-next --output "$next" overlays/eks-alb overlays/gke-nginx overlays/aks 2>/dev/null
for name in eks-alb gke-nginx aks; do
	printf '  %-10s' "$name"
	git --no-pager diff --no-index --no-renames --shortstat "$output/$name" "$next/$name" || true
done
cat <<EOF

and as a reviewer reads it:

\$ airstrip diff --base $output $next
EOF
"$airstrip" diff --base "$output" "$next"
"$airstrip" diff --base "$output" --format html -o "$output.html" "$next"
rm -rf "$next"
echo "
The same as a page: $output.html"
