# Every task of the project is a target here; CMake and Ninja do the work. `make help` lists them.

SAMPLE   ?= $(firstword $(wildcard models/*/sample.wav))
FILE     ?= $(SAMPLE)
PREFIX   ?= /usr/local
JOBS     ?= $(shell nproc)
# Some tests wait more than they compute: for servers, workers, times that run out.
TESTS    ?= $(shell echo $$(($(JOBS) + 1)))

SHELL := bash
.SHELLFLAGS := -o pipefail -c
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := build
.PHONY: build run test bench lint format sanitize asan tsan fuzz neon python python-test wheel conformance goldens coverage install deb clean help setup

# Configures a preset once; Ninja runs CMake again by itself when a CMakeLists.txt changes.
build/build.ninja: CMakePresets.json
	@cmake --preset release --log-level=WARNING
build-asan/build.ninja: CMakePresets.json
	@cmake --preset asan --log-level=WARNING
build-tsan/build.ninja: CMakePresets.json
	@cmake --preset tsan --log-level=WARNING
build-neon/build.ninja: CMakePresets.json cmake/aarch64.cmake
	@cmake --preset neon --log-level=WARNING

# Everything else needs the tools alone; the weights are fetched when setup itself is asked for.
setup:  ## install what building needs, and fetch the weights of voice activity detection
	@tools/setup
	@$(if $(filter setup,$(MAKECMDGOALS)),tools/get_silero_vad)

build: build/build.ninja  ## build the Release programs and tests into build/ (the default)
	@cmake --build build -j $(JOBS)

# On a built tree nothing but the words is printed.
run: setup build/build.ninja  ## transcribe the sample that ships, or FILE=your.mp3
	@cmake --build build -j $(JOBS) --target tessera_cli | \
	  sed -u -e '/^ninja: no work to do/d' -e '/Re-checking globbed directories/d'
	@$(if $(FILE),build/bin/tessera "$(FILE)",echo "no models/*/sample.wav; say make run FILE=..." >&2; exit 1)

test: setup build/build.ninja  ## build, then run every test that needs no foreign model
	@cmake --build build -j $(JOBS)
	@ctest --preset release -j $(TESTS)

bench: setup build/build.ninja  ## build and run the benchmarks; ARGS=... chooses which
	@cmake --build build -j $(JOBS) --target tessera-bench
	@build/bin/tessera-bench $(ARGS)

lint:  ## clang-format, clang-tidy and the layer rules over the whole tree
	@tools/setup --lint
	@tools/lint

format:  ## let clang-format rewrite the C++ files
	@tools/setup --lint
	@tools/lint --format

sanitize: asan tsan  ## the tests under the address, undefined-behaviour and thread sanitizers

asan tsan: %: setup build-%/build.ninja
	@cmake --build build-$@ -j $(JOBS)
	@ctest --preset $@ -j $(TESTS)

fuzz:  ## feed the parsers of foreign files made-up ones: SECONDS=600 each, FUZZERS="config_json ..." only these
	@tools/setup --lint
	@tools/fuzz $(or $(SECONDS),60) $(FUZZERS)

neon:  ## the kernels and their tests for 64-bit Arm, cross-compiled and run under qemu-user
	@tools/setup --neon
	@$(MAKE) build-neon/build.ninja
	@cmake --build build-neon -j $(JOBS)
	@ctest --preset neon -j $(JOBS)

# A Python of the build's own: nanobind to build with, NumPy and pytest to test with.
build/venv/ready: python/requirements.txt
	@tools/setup --python
	@python3 -m venv build/venv
	@build/venv/bin/pip install --quiet --disable-pip-version-check -r python/requirements.txt
	@touch $@

# Ray, for a job on a real cluster.
build/venv/cluster: build/venv/ready python/cluster_requirements.txt
	@build/venv/bin/pip install --quiet --disable-pip-version-check -r python/cluster_requirements.txt
	@touch $@

# From then on `make test` runs its tests too, but for the job on a cluster.
python: setup build/venv/ready  ## have the Python package be built with the library in build/
	@cmake --preset release -DTESSERA_PYTHON=ON -DPython_EXECUTABLE="$(CURDIR)/build/venv/bin/python" --log-level=WARNING

python-test: python build/venv/cluster  ## build the Python package with the library in build/, and run its tests, a job on a cluster too
	@cmake --build build -j $(JOBS) --target tessera_python tessera_cli
	@ctest --test-dir build -R '^python' --output-on-failure --no-tests=error

wheel: setup build/venv/ready  ## a wheel of the Python package in dist/, for the version of python3
	@build/venv/bin/pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist \
	  --config-settings=build-dir=build-wheel .
	@ls dist/tessera-*.whl

conformance: setup build/build.ninja  ## compare with trained Whisper models: MODELS=DIR
	@test -n "$(MODELS)" || { echo "make conformance MODELS=DIR: DIR is a folder with a Whisper model in Hugging Face layout" >&2; exit 2; }
	@test -d "$(MODELS)" || { echo "make conformance: $(MODELS): no such folder" >&2; exit 2; }
	@cmake --build build -j $(JOBS)
	@TESSERA_CONFORMANCE_MODELS="$(abspath $(MODELS))" ctest --test-dir build -L 'conformance|trained' \
	  --output-on-failure --no-tests=error

goldens:  ## make tests/golden again from the reference implementations (needs Python packages)
	@tools/goldens/make_all

coverage:  ## run the tests instrumented and print the line coverage of src/
	@tools/setup --coverage
	@tools/coverage

install:  ## install into PREFIX (default /usr/local), under DESTDIR if given
	@cmake --preset release -DCMAKE_INSTALL_PREFIX="$(PREFIX)" --log-level=WARNING
	@cmake --build build -j $(JOBS)
	@DESTDIR="$(DESTDIR)" cmake --install build

deb: setup build/build.ninja  ## make a Debian package of what `make install` installs: build/tessera_*.deb
	@cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr --log-level=WARNING
	@cmake --build build -j $(JOBS) --target deb

clean:  ## remove everything that was built
	@rm -rf build build-*

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
