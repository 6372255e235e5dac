# Line122: `make run` installs what is missing, builds, and starts the whole suite on this machine.
#   make run BUILD=debug ARGS='--port 8200 --fresh'
.PHONY: run test format lint install build bench test-containers

BUILD ?= release
ARGS ?=
export BUILD

run:
	@exec ops/run $(ARGS)

build:
	ops/build $(BUILD)

install:
	ops/install

test:
	ops/test $(ARGS)

bench:
	ops/bench $(ARGS)

test-containers:
	ops/test-containers

format:
	swift format --in-place --configuration ops/swift-format.json --recursive --parallel Services Shared Tests Package.swift

lint:
	ops/lint
