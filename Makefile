# ecsguard. `make` alone lists what there is.

GO       ?= go
VERSION  ?= $(shell git describe --always --dirty 2>/dev/null || echo devel)
LDFLAGS   = -s -w -X github.com/ecsguard/ecsguard/shared/engine.Version=$(VERSION)
# What Function Compute's go1 runtime takes: one static Linux binary for x86-64.
BUILD     = CGO_ENABLED=0 GOOS=linux GOARCH=amd64 $(GO) build -trimpath -ldflags "$(LDFLAGS)"

# What runs at the same time is in shared/ and in the functions around the practices. A practice's own tests run it many
# hundred times, mostly to compare states: with the race detector they are in make race.
PRACTICES = $(patsubst %/practice.go,./%,$(wildcard functions/*/practice.go))

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: demo-programs ## watch it work on this machine, from mistake to message (V=1 shows all; KEEP=1 leaves the cloud up, with a console)
	@target/local $(if $(KEEP),-keep) $(if $(V),-v)

# All are built in one way, so that what they share is compiled once. The operator's command is among them
# because make demo KEEP=1 says to run it where only the local cloud answers: no module can be fetched there.
.PHONY: demo-programs
demo-programs:
	@sh test/local/build.sh "Compiling ecsguard's functions (1 of 3): one or two minutes the first time, seconds after that" \
		env $(subst $(GO) build,$(GO) build -v,$(BUILD)) -o target/ecsguard/main ./functions/main
	@sh test/local/build.sh "Compiling the local cloud (2 of 3): one or two minutes the first time, seconds after that" \
		env CGO_ENABLED=0 $(GO) build -v -trimpath -o target/local ./test/local
	@sh test/local/build.sh "Compiling the operator's command (3 of 3): seconds" \
		env CGO_ENABLED=0 $(GO) build -v -trimpath -ldflags "-X main.called=target/ecsguard-cli" -o target/ecsguard-cli ./deploy/ecsguard

.PHONY: pictures
pictures: browser demo-programs ## make the pictures of docs/images again, from the real demo, console and message
	target/local -picture docs/images/demo.svg
	ECSGUARD_PICTURES=$(CURDIR)/docs/images ECSGUARD_BROWSER=1 $(GO) test -count=1 -timeout 10m ./test/console -run 'TestPictures$$'

.PHONY: test
test: ## run every test, with the race detector where the concurrent code is
	@command -v chromium >/dev/null || echo "the console's page is not tested: no chromium here (make browser installs it)"
	@test -x target/sshd/usr/sbin/sshd || echo "the scripts for guests are not tested with a real sshd: there is none in target/sshd (make sshd gets it)"
	$(GO) test -timeout 20m $(PRACTICES); practices=$$?; \
		$(GO) test -race -timeout 20m $$($(GO) list ./... | grep -v -x -F "$$($(GO) list $(PRACTICES))") && exit $$practices

.PHONY: race
race: ## run the practices' tests with the race detector, which takes four times as long
	$(GO) test -race -timeout 40m $(PRACTICES)

.PHONY: test-console
test-console: browser ## test the console and its page in headless Chromium
	ECSGUARD_BROWSER=1 $(GO) test -race -timeout 10m ./test/console

.PHONY: browser
browser: ## install the Chromium that the console's test drives (Debian, as root)
	@command -v chromium >/dev/null || { \
		if [ "$$(id -u)" != 0 ]; then echo "chromium is missing, and installing it needs root: sudo make browser"; exit 1; fi; \
		if ! command -v apt-get >/dev/null; then echo "chromium is missing, and there is no apt-get: install it yourself"; exit 1; fi; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; }

.PHONY: test-guest
test-guest: sshd ## test the scripts for guests with a real sshd
	ECSGUARD_SSHD=1 $(GO) test -race -timeout 10m ./shared/guest

# Unpacked and not installed: no root is needed, and nothing listens but what the test starts.
.PHONY: sshd
sshd: ## unpack Debian's sshd, which the scripts for guests are tested with, into target/sshd
	@test -x target/sshd/usr/sbin/sshd || { \
		if ! command -v apt-get >/dev/null; then echo "there is no apt-get: unpack Debian's packages $(SSHD) into target/sshd yourself"; exit 1; fi; \
		rm -rf target/sshd.new target/sshd.deb; mkdir -p target/sshd.new target/sshd.deb; cd target/sshd.deb; \
		get() { apt-get download -qq -o APT::Sandbox::User=root $(SSHD); }; \
		get 2>/dev/null || { if [ "$$(id -u)" = 0 ]; then apt-get update -qq; fi; get; } || exit 1; \
		for package in *.deb; do dpkg -x "$$package" ../sshd.new || exit 1; done; \
		cd ..; rm -rf sshd.deb sshd; mv sshd.new sshd; }
SSHD = openssh-server openssh-client libwrap0 libnss-wrapper busybox

.PHONY: check
check: ## format, vet, staticcheck, generated files, modules, binaries
	@files=$$(gofmt -l deploy events functions shared test); if [ -n "$$files" ]; then echo "not formatted (gofmt -w):"; echo "$$files"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) run ./deploy/generate -check
	$(GO) mod tidy -diff
	$(GO) mod verify >/dev/null
	@$(MAKE) --no-print-directory build

.PHONY: build
build: ## build the program of the functions into target/, ready to be deployed
	@$(GO) run ./deploy/ecsguard settings
	@echo "building target/ecsguard/main"; mkdir -p target/ecsguard && rm -f target/ecsguard/ecsguard.yaml
	@$(BUILD) -o target/ecsguard/main ./functions/main
	@if [ -f ecsguard.yaml ]; then cp ecsguard.yaml target/ecsguard/; fi

.PHONY: generate
generate: ## make the generated files again
	$(GO) run ./deploy/generate

.PHONY: new
new: ## begin a practice (ID=some-practice), a channel (CHANNEL=somechat), or a product of the local cloud with an RPC API (PRODUCT=kms RESOURCE=key)
	@test -n "$(ID)$(CHANNEL)$(PRODUCT)" && test -z "$(PRODUCT)" -o -n "$(RESOURCE)" || { echo "say which: make new ID=some-practice, CHANNEL=somechat, or PRODUCT=kms RESOURCE=key"; exit 2; }
	@$(GO) run ./deploy/generate/new -id "$(ID)" -channel "$(CHANNEL)" -product "$(PRODUCT)" -resource "$(RESOURCE)"
	@$(MAKE) --no-print-directory generate

.PHONY: fuzz
fuzz: ## fuzz the decoder, the patterns and the reader of RAM policies for a minute each
	$(GO) test ./events -run '^$$' -fuzz FuzzDecode -fuzztime 1m
	$(GO) test ./events -run '^$$' -fuzz FuzzPattern -fuzztime 1m
	$(GO) test ./events -run '^$$' -fuzz FuzzSplit -fuzztime 1m
	$(GO) test ./shared/policy -run '^$$' -fuzz FuzzParse -fuzztime 1m

.PHONY: soak
soak: ## run every derived case of every scenario; compare the evaluators of exposure and of RAM policies with brute force, and with the local cloud; campaign and overlap
	ECSGUARD_MATRIX=full $(GO) test -race -timeout 90m ./functions/...
	$(GO) test ./shared/exposure -run Property -rapid.checks=100000 -timeout 90m
	ECSGUARD_SOAK=100000 $(GO) test -v ./shared/policy -run Property -timeout 90m
	$(GO) test ./shared/securitygroup -run Property -rapid.checks=5000 -timeout 30m
	ECSGUARD_SOAK=20000 $(GO) test ./shared/engine -run Model -timeout 90m
	@$(MAKE) --no-print-directory campaign
	@$(MAKE) --no-print-directory overlap

.PHONY: campaign
campaign: ## run the practices' mistakes under faults and deaths, and show a table (CAMPAIGN=practice/scenario/faults SEED=n SHARE=n)
	@mkdir -p target
	@ECSGUARD_CAMPAIGN=$(or $(CAMPAIGN),all) ECSGUARD_CAMPAIGN_SHARE=$(SHARE) ECSGUARD_SEED=$(or $(SEED),0) ECSGUARD_CAMPAIGN_TABLE=$(CURDIR)/target/campaign.txt \
		$(GO) test -count=1 -timeout 90m -parallel 2 ./functions/main -run TestCampaign; ended=$$?; cat target/campaign.txt; exit $$ended

.PHONY: overlap
overlap: ## run what several practices do at the same moment OVERLAPS times over the real program
	ECSGUARD_OVERLAPS=$(or $(OVERLAPS),100) $(GO) test -count=1 -timeout 60m -parallel 2 ./test/whole -run 'TestTwoPracticesAndOneRule|TestAnEnforcingPracticeIsNotSilenced'

.PHONY: bench
bench: ## measure the evaluators of exposure and of RAM policies, the decoder, triage, and one call and log write
	$(GO) test ./shared/exposure ./shared/policy ./events ./functions/triage ./shared/practice ./shared/cloud ./shared/ledger -run '^$$' -bench .

.PHONY: performance
performance: ## measure what an event costs, and write docs/performance.md (half an hour; on a quiet machine)
	$(GO) run ./test/performance

.PHONY: clean
clean: ## remove what was built
	rm -rf target
