# make help lists what there is. On Debian, what a target needs and lacks is installed as packages.

LISTEN = 127.0.0.1:8000
# Pinned, so that a new release changes nothing by surprise.
CARGO_DENY = cargo-deny@0.20.2
# With the tests, so that both have their dependencies in common; by itself, many are built once more for other features.
BUILD_FOR_TESTS = cargo build --bins --tests
# Half of what a test does is to wait.
export RUST_TEST_THREADS ?= $(shell echo $$((2 * $$(nproc))))

.PHONY: help run test test-all test-sqlite test-postgres test-mariadb test-kill-load test-movein test-api \
	test-browser test-deploy lint deny fmt bench bench-shift bench-fts bench-categorise bench-blame bench-suggestions \
	bench-movein bench-api bench-admin bench-exchange screenshots image up clean

help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r target says; do printf '%-14s %s\n' "$$target" "$$says"; done

run: ## Builds and serves a demo on 127.0.0.1:8000 (LISTEN=, DATABASE_URL= change that)
	src/tests/services.sh --build-tools
	DATABASE_URL="$${DATABASE_URL:-sqlite://demo.db?mode=rwc}" cargo run -- serve --demo --listen $(LISTEN)

test: ## Checks and tests everything, on databases and a browser of its own
	src/tests/services.sh $(MAKE) test-all

# What stands in one word runs side by side: each of these leaves a core idle half of the time. The suites do not.
test-all: ## The same, in the environment that services.sh makes
	src/tests/timed.sh lint test-sqlite test-postgres test-mariadb "test-api test-kill-load test-movein" test-browser

test-sqlite: ## All tests but the browser's, on SQLite
	env -u OPINT_TEST_DATABASE_URL cargo test --workspace

test-postgres: ## The library's tests on $TEST_POSTGRES_URL
	OPINT_TEST_DATABASE_URL="$${TEST_POSTGRES_URL:?}" cargo test --lib

test-mariadb: ## The library's tests on $TEST_MARIADB_URL
	OPINT_TEST_DATABASE_URL="$${TEST_MARIADB_URL:?}" cargo test --lib

test-kill-load: ## Kills loads and workers at random moments (KILLS=), and compares what is counted in the end
	$(BUILD_FOR_TESTS)
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/debug/opint" && export OPINT_BIN && \
		python3 -B src/tests/kill_load.py --kills $(or $(KILLS),10)

test-movein: ## Moves databases in that Django made, and dumps from one kind of database to the next
	$(BUILD_FOR_TESTS)
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/debug/opint" && export OPINT_BIN && \
		python3 -B src/tests/movein.py

test-api: ## Asks the API what its clients ask, and thousands of requests made up from its description
	$(BUILD_FOR_TESTS)
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/debug/opint" && export OPINT_BIN && \
		python3 -B src/tests/api_clients.py

test-browser: ## Drives the pages in $CHROMIUM
	$(BUILD_FOR_TESTS)
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/debug/opint" && export OPINT_BIN && \
		CHROMIUM="$${CHROMIUM:-$$(command -v chromium)}" && export CHROMIUM && \
		cd src/tests/browser && npm ci --no-audit --no-fund && node run.mjs

test-deploy: ## Tests image, s2i builder, compose file and OpenShift objects; as root on Debian 12, without a registry
	src/tests/deploy/run.sh

lint: deny ## Format, lints, documentation, licences
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps

# Not its advisories: that check loads a database from outside any package registry. There is no package of a current
# cargo-deny but its source; without the optimisation of its release profile, it compiles in a fraction of the time.
deny: ## Licences, sources and versions of the dependencies
	cargo deny --version >/dev/null 2>&1 || \
		CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
		cargo install --locked $(CARGO_DENY)
	cargo deny --locked check bans licenses sources

fmt: ## Formats the source
	cargo fmt --all

bench: ## Measures how fast it is
	benches/run.sh

bench-fts: ## Measures how fast FTS records are read, against bare parsing
	cargo bench --bench fts

bench-categorise: ## Measures how fast messages are sorted, against the original's way in Python
	benches/categorise.sh

bench-blame: ## Measures how often the right one is blamed, in simulated grids
	cargo bench --bench blame

bench-shift: ## Measures the pages of a shift over months of hourly counts on PostgreSQL (DAYS=, LINKS=, SECONDS=)
	cargo build --release
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/release/opint" && export OPINT_BIN && \
		src/tests/services.sh benches/shift.py --days $(or $(DAYS),90) --links $(or $(LINKS),20000) --seconds $(or $(SECONDS),10)

bench-suggestions: ## Measures how often the right action is offered first, in a simulated year of shifts
	cargo bench --bench suggestions

bench-movein: ## Measures how fast issues are moved in (ISSUES=), on SQLite and the databases of the tests
	cargo build --release
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/release/opint" && export OPINT_BIN && \
		src/tests/services.sh python3 -B benches/movein.py --issues $(or $(ISSUES),1000000)

bench-api: ## Measures the API on PostgreSQL with a million issues, beside Django REST framework and a bare handler
	benches/api.sh

bench-admin: ## Measures the admin beside Django admin on PostgreSQL (ISSUES=, SECONDS=; OPINT_BIN= instead of building)
	benches/admin.sh --issues $(or $(ISSUES),1000000) --seconds $(or $(SECONDS),5)

bench-exchange: ## Measures exports and imports (ROWS=, EXPORTED=), on SQLite and the databases of the tests
	cargo build --release
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/release/opint" && export OPINT_BIN && \
		src/tests/services.sh python3 -B benches/exchange.py --rows $(or $(ROWS),100000) --exported $(or $(EXPORTED),1000000)

screenshots: ## Takes the pictures of the documentation
	cargo build
	OPINT_BIN="$${CARGO_TARGET_DIR:-$$PWD/target}/debug/opint" && export OPINT_BIN && \
		cd src/tests/browser && npm ci --no-audit --no-fund && node screenshots.mjs

image: ## Builds the container image with podman or docker (IMAGE=, BUILD_IMAGE=, RUNTIME_IMAGE= change what)
	deploy/image.sh $(if $(BUILD_IMAGE),--build-arg BUILD_IMAGE=$(BUILD_IMAGE)) \
		$(if $(RUNTIME_IMAGE),--build-arg RUNTIME_IMAGE=$(RUNTIME_IMAGE))

up: ## Serves the demo on 127.0.0.1:8080 from containers of docker, with a PostgreSQL
	deploy/secrets.sh
	CONTAINER_TOOL=docker deploy/image.sh
	docker compose up --no-build

clean: ## Removes what was built, and the demo's database
	cargo clean
	rm -rf src/tests/browser/node_modules demo.db demo.db-shm demo.db-wal
