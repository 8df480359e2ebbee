# Each target is a script in scripts/, which can be called without make too.
.DEFAULT_GOAL := help
.PHONY: help run build test torture bench fixtures screenshots release-check clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up what is missing, build and start; ARGS="list release:9" runs that
	@scripts/run.sh $(ARGS)

build: ## build ./almatriage
	@scripts/build.sh

test: ## set up what is missing, check and test everything; ARGS="-run X ./store" goes to go test
	@scripts/test.sh $(ARGS)

torture: ## try to break it for an hour or two; FUZZTIME=10s, ARGS="./store" make it shorter
	@scripts/torture.sh $(ARGS)

bench: ## run the benchmarks; ARGS="-benchtime 2s ./store" goes to go test
	@scripts/bench.sh $(ARGS)

fixtures: ## build the container images that the tests use (Linux, as root)
	@scripts/fixtures.sh

screenshots: ## draw the README's pictures anew
	@scripts/screenshots.sh

release-check: ## check the release's settings and make a snapshot in dist/
	@scripts/release-check.sh

clean: ## remove what was built
	rm -rf almatriage dist
