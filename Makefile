# Everything runs on the project's own Node (the npm package `node`): the machine's only installs it.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export ONNXRUNTIME_NODE_INSTALL := skip
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help quickstart test unit e2e lint format verify generate image parity fuzz bench clean

installed := node_modules/.package-lock.json

help: ## Show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

$(installed): package.json package-lock.json
	@echo "Installing packages ..."
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

quickstart: $(installed) ## Play a promotion and two rollbacks on a local cluster (ARGS="--keep" leaves it running)
	@exec node hack/quickstart/main.ts $(ARGS)

test: $(installed) ## Run every test: units, and stories against a real API server
	@node hack/cluster/main.ts binaries
	@npm test --silent --

unit: $(installed) ## Run the tests that need no cluster
	@npm test --silent -- --selectProjects unit

e2e: $(installed) ## Run the stories against a real API server only
	@node hack/cluster/main.ts binaries
	@npm test --silent -- --selectProjects cluster

lint: $(installed) ## Check format, types, lint rules, arrows between folders, unused code, missing docs
	@npm run --silent lint

format: $(installed) ## Format everything
	@npm run --silent format

generate: $(installed) ## Write CRDs, reference pages and chart copies from the kinds in crds/
	@node hack/generate/main.ts

verify: $(installed) ## Fail if `make generate` would change anything
	@node hack/verify/main.ts

image: $(installed) ## Carry out the Dockerfile in a folder, without a container engine, and run what it starts
	@exec node hack/image/main.ts

parity: $(installed) ## Compare the numeric core with PyTorch, onnx and ONNX Runtime (ARGS="--only gradients"); writes .bench/parity.json
	@exec node hack/parity/main.ts $(ARGS)

fuzz: $(installed) ## Damage models at random and read them (ARGS="--seconds 600 --seed 1")
	@exec node hack/fuzz/main.ts $(ARGS)

bench: $(installed) ## Measure against baselines; writes .bench/<name>.json
	@failed=0; for bench in test/bench/*.ts; do node $$bench || failed=$$?; done; exit $$failed

clean: ## Remove what runs leave in the checkout (not the caches)
	rm -rf .bench .quickstart node_modules
