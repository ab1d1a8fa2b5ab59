# Everything runs with no network once the Go modules are there.

CHARTS  := testdata/charts/airbyte
OVERLAYS := overlays/eks-alb overlays/gke-nginx overlays/aks
FUZZTIME ?= 30s
export CGO_ENABLED ?= 0

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build build/airstrip, static
	@go build -trimpath -ldflags '-s -w' -o build/airstrip ./cmd/airstrip

.PHONY: demo
demo: build ## Render the three overlays with no network, from the stand-in chart
	@./examples/demo.sh build/airstrip build/demo

.PHONY: test
test: ## Run the whole suite, and each benchmark once
	@go test -timeout 30m ./...
	@go test -run '^$$' -bench . -benchtime 1x ./fn/...

.PHONY: race
race: ## Run the packages that share state under the race detector
	@CGO_ENABLED=1 go test -race -short -timeout 30m ./fn/... ./internal/charttest

.PHONY: schemas
schemas: ## Hold what is written of ingresses and other stores to the schemas of its kinds (a module of its own)
	@cd e2e/schemas && go vet ./... && go test -count=1 ./...

.PHONY: e2e
e2e: ## Hold what is rendered to real components, built on the first run: docs/e2e.md (modules of their own)
	@cd e2e && go test -count=1 -p 1 -timeout 120m ./...

.PHONY: lint
lint: ## gofmt, go vet, staticcheck
	@test -z "$$(gofmt -l cmd e2e fn internal)" || { gofmt -d cmd e2e fn internal; exit 1; }
	@go vet ./...
	@cd e2e && go vet ./...
	@go tool -modfile=tools.mod staticcheck ./...

.PHONY: conformance
conformance: ## Render every official archive in AIRSTRIP_CHARTS
	@test -n "$$AIRSTRIP_CHARTS" || { echo 'set AIRSTRIP_CHARTS to a folder of official .tgz archives (docs/conformance.md)' >&2; exit 2; }
	@go test -count=1 -v -timeout 30m -run 'TestConformance|TestFidelity|TestIngress|TestSettings|TestRandomSettings|TestGuide|TestReads|TestMirror|TestSecrets|TestDiff' ./internal/conformance ./fn/render ./cmd/airstrip | grep -v '^ *\(=== \|--- PASS\)'

.PHONY: bench
bench: ## Go benchmarks, over AIRSTRIP_CHARTS as well when it is set
	@go test -run '^$$' -bench . -benchmem ./fn/...

.PHONY: fuzz
fuzz: ## Each fuzz target for FUZZTIME
	@grep -rho --include='*_test.go' 'func Fuzz[A-Za-z]*' fn | sed 's/func //' | sort -u | while read -r f; do \
		go test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$(dirname $$(grep -rl --include='*_test.go' "func $$f(" fn | head -1) | sed 's,^,./,') || exit 1; done

.PHONY: clean
clean: ## Remove what the targets above made
	@rm -rf build
