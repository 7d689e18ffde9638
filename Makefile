# SPDX-License-Identifier: Apache-2.0
# wardsync.  `make help` lists what there is.

BUILD    ?= build
CC       ?= gcc
VERSION  := 0.1.0
PREFIX   ?= /usr/local
Q        ?= @

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wundef -Wvla -Wswitch-enum \
            -Wmissing-prototypes -Wstrict-prototypes -Werror
# A stack holds a buffer of 64 KB and what stands beside it; what is instrumented needs more.
WARNINGS += $(if $(EXTRA_CFLAGS),,-Wframe-larger-than=69632)
CPPFLAGS := -Iinclude -I. -I$(BUILD)/gen -D_POSIX_C_SOURCE=200809L -DWSYNC_VERSION='"$(VERSION)"'
CFLAGS   ?= -O2 -g
CFLAGS   += -std=c11 $(WARNINGS) -fno-common -fstack-protector-strong -MMD -MP $(EXTRA_CFLAGS)
LDFLAGS  += $(EXTRA_CFLAGS)
LIBS     := -lzmq -llmdb -lprotobuf-c -lsodium -lzstd -lcsv -lutf8proc -linih -ljansson -lqrencode \
            -lmicrohttpd -lzip -lexpat

PROTOS   := $(wildcard proto/*.proto)
GEN_C    := $(PROTOS:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
GEN_O    := $(GEN_C:.c=.o)
DICT_O   := $(BUILD)/gen/dictionary.o
PAGES    := $(wildcard host/pages/*)
PAGES_O  := $(BUILD)/gen/pages.o
FONTS    := $(foreach w,400 600,$(foreach s,latin vietnamese,inter-$(s)-$(w).woff2))
NPM      := $(FONTS:%=$(BUILD)/npm/%) $(BUILD)/npm/jsqr.js
NPM_O    := $(BUILD)/gen/npm.o
TILES_O  := $(BUILD)/gen/tiles.o
WORDS_O  := $(BUILD)/gen/words.o
objects   = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)/*.c))

CORE_A   := $(BUILD)/libwardsync-core.a
HOST_A   := $(BUILD)/libwardsync-host.a
TEST_A   := $(BUILD)/libwardsync-test.a
VERIFY_A := $(BUILD)/libwardsync-verify.a
BADLINK_A := $(BUILD)/libwardsync-badlink.a
BADLINK  := $(BUILD)/badlink
PROGRAMS := $(BUILD)/ward $(BUILD)/district $(BUILD)/wardsync-verify
TEST_SRC := $(wildcard tests/unit/test_*.c tests/contract/test_*.c tests/probe/test_*.c)
TEST_BIN := $(TEST_SRC:%.c=$(BUILD)/%)
SIM      := $(BUILD)/tests/sim/sim
SEEDS    ?= 20000
FUZZ     := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY   := $(FUZZ:%=$(BUILD)/tests/fuzz/replay_%) $(BUILD)/tests/fuzz/record
BENCH_O  := $(BUILD)/tests/bench/load.o $(BUILD)/tests/bench/crowd.o
BENCH    := $(filter-out $(BENCH_O:.o=),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c)))
CRASH    := $(BUILD)/tests/crash/lab $(BUILD)/tests/crash/trace.so
CRASH_O  := $(patsubst %,$(BUILD)/tests/crash/%.o,lab check disk told)
PHOTO    := $(BUILD)/tests/system/photograph $(BUILD)/tests/system/older
CLOCK    := $(BUILD)/tests/system/clock.so
FUZZ_O    = $(BUILD)/tests/fuzz/fuzz.o $(TEST_A) $(VERIFY_A) $(HOST_A) $(CORE_A)

.PHONY: help all demo test test-web check vectors sim sim-bugs fuzz crash kill long bench bench-link \
        bench-web san cov clean deps golden man install uninstall deb
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

all: deps ## build the programs into build/
	$(Q)$(MAKE) --no-print-directory -j2 programs

demo: all ## a district and fourteen wards at work, in about a minute; KEEP=1: some go on
	$(Q)BUILD=$(BUILD) KEEP=$(KEEP) tools/demo

test: deps ## everything that proves it: checks, unit, contract, vectors, simulator, system
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) tools/run-tests

check: deps ## layers, purity, sizes, words, documents
	$(Q)$(MAKE) --no-print-directory -j2 programs
	$(Q)BUILD=$(BUILD) tools/check

sim: deps ## the simulator: make sim [SEEDS=20000] [FIRST=1] [JOBS=2]
	$(Q)$(MAKE) --no-print-directory -j2 $(SIM)
	$(Q)$(SIM) --jobs $(or $(JOBS),2) --seeds $(SEEDS) --first $(or $(FIRST),1)

sim-bugs: deps ## plant each known bug and show that the simulator finds it
	$(Q)BUILD=$(BUILD) tests/sim/planted-bugs

fuzz: deps ## libFuzzer over every decoder of foreign bytes: make fuzz [SECONDS=60]
	$(Q)tools/install-deps clang libclang-rt-14-dev
	$(Q)BUILD=$(BUILD) tests/fuzz/run $(or $(SECONDS),60)

crash: deps ## power cuts from traces of both programs: make crash [IMAGES=100000] [SEED=1]
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) SEED=$(or $(SEED),1) IMAGES=$(or $(IMAGES),100000) tests/system/test-crash
	$(Q)BUILD=$(BUILD) SEED=$(or $(SEED),1) CUTS=1000 tests/system/test-power
	$(Q)BUILD=$(BUILD) EVERY=1 tests/system/test-faults

kill: deps ## kill -9 at every step of commands, full disks at every call: make kill [EVERY=1]
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)for test in kill-points kill-cut full; do \
	    BUILD=$(BUILD) EVERY=$(or $(EVERY),1) tests/system/test-$$test || exit 1; done

test-web: deps ## every story of the pages in a browser: make test-web [ONLY=saturday]
	$(Q)$(MAKE) --no-print-directory -j2 programs
	$(Q)BUILD=$(BUILD) tests/web/run all $(ONLY)

bench: deps ## the figures, each beside its bar: make bench [CHANGES=1000000]
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) tests/bench/run $(CHANGES)

bench-web: deps ## the first byte of every page, beside its bar: make bench-web [RECORDS=1000000]
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) tests/bench/web $(RECORDS)

bench-link: deps ## the figures on bad links, over build/badlink: make bench-link [ONLY=2g] [SEEDS=11]
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) tests/bench/link --seeds $(or $(SEEDS),11) $(addprefix --only ,$(ONLY))

long: deps ## hours of everything seeded: make long SECONDS=3600 (tests/LEDGER.md)
	$(Q)tools/install-deps clang libclang-rt-14-dev
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) tests/long/run $(or $(SECONDS),600)

san: ## every test under AddressSanitizer and UBSan
	$(Q)$(MAKE) --no-print-directory test BUILD=$(BUILD)/san \
	    EXTRA_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all"

cov: ## line coverage of the core by the tests, and what they leave out
	$(Q)$(MAKE) --no-print-directory -j2 programs tests BUILD=$(BUILD)/cov \
	    EXTRA_CFLAGS="--coverage -O0 -Wno-maybe-uninitialized"
	$(Q)find $(BUILD)/cov -name '*.gcda' -delete
	$(Q)for only in unit contract probe fuzz; do ONLY=/$$only/ BUILD=$(BUILD)/cov tools/run-tests \
	    || exit 1; done
	$(Q)$(BUILD)/cov/tests/sim/sim --seeds 300
	$(Q)BUILD=$(BUILD)/cov tools/cov

golden: deps ## write the golden files anew (look at the difference before you commit)
	$(Q)$(MAKE) --no-print-directory -j2 programs tests
	$(Q)BUILD=$(BUILD) GOLDEN=write tools/run-tests

man: deps ## write the commands and options of the manual pages anew
	$(Q)$(MAKE) --no-print-directory -j2 programs
	$(Q)BUILD=$(BUILD) tools/man --write

install: all ## programs, units, settings, manual: make install [PREFIX=/usr/local] [DESTDIR=]
	$(Q)BUILD=$(BUILD) tools/package/package install --prefix "$(PREFIX)" --destdir "$(DESTDIR)"

uninstall: ## takes them away; leaves settings and data
	$(Q)tools/package/package remove --prefix "$(PREFIX)" --destdir "$(DESTDIR)"

deb: all ## packages for Debian into build/deb: wardsync-ward, -district, -verify
	$(Q)tools/install-deps dpkg-dev
	$(Q)BUILD=$(BUILD) tools/package/package deb

deps: ## install what is missing (Debian 12), nothing when all is there
	$(Q)tools/install-deps

clean: ## remove build/
	rm -rf $(BUILD)

.PHONY: programs tests
programs: $(PROGRAMS)
tests: $(TEST_BIN) $(SIM) $(REPLAY) $(CRASH) $(PHOTO) $(CLOCK) $(BENCH) $(BADLINK)

$(BUILD)/gen/%.pb-c.c: proto/%.proto
	@mkdir -p $(@D)
	$(Q)protoc-c --c_out=$(BUILD)/gen --proto_path=proto $<
$(BUILD)/gen/%.pb-c.o: $(BUILD)/gen/%.pb-c.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-conversion -Wno-pedantic -c -o $@ $<
$(DICT_O): proto/dictionary.bin
	@mkdir -p $(@D)
	$(Q)cd proto && ld -r -b binary -z noexecstack -o $(abspath $@) dictionary.bin
$(PAGES_O): $(PAGES)
	@mkdir -p $(@D)
	$(Q)cd host/pages && ld -r -b binary -z noexecstack -o $(abspath $@) $(notdir $(PAGES))
$(WORDS_O): po/vi.po
	@mkdir -p $(@D)
	$(Q)cd po && ld -r -b binary -z noexecstack -o $(abspath $@) vi.po
$(NPM) &: tools/install-npm
	$(Q)tools/install-npm $(BUILD)/npm
$(NPM_O): host/fonts/fonts.css $(NPM)
	@mkdir -p $(@D)
	$(Q)cp $< $(BUILD)/npm
	$(Q)cd $(BUILD)/npm && ld -r -b binary -z noexecstack -o $(abspath $@) $(notdir $^)
$(TILES_O): server/campaign/tiles.csv
	@mkdir -p $(@D)
	$(Q)cd server/campaign && ld -r -b binary -z noexecstack -o $(abspath $@) tiles.csv
$(BUILD)/%.o: %.c | $(GEN_C)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(CORE_A): $(call objects,core) $(GEN_O)
$(HOST_A): $(call objects,host) $(DICT_O) $(PAGES_O) $(NPM_O) $(WORDS_O)
$(TEST_A): $(call objects,tests)
$(VERIFY_A): $(filter-out %/main.o,$(call objects,tools/verify))
$(BADLINK_A): $(filter-out %/main.o,$(call objects,tools/badlink))
$(CORE_A) $(HOST_A) $(TEST_A) $(VERIFY_A) $(BADLINK_A):
	@mkdir -p $(@D)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/ward: $(call objects,client) $(HOST_A) $(CORE_A)
$(BUILD)/district: $(call objects,server) $(TILES_O) $(HOST_A) $(CORE_A)
$(BUILD)/wardsync-verify: $(BUILD)/tools/verify/main.o $(VERIFY_A) $(CORE_A)
$(BUILD)/district: LIBS := $(filter-out -lzip -lexpat,$(LIBS)) -lxlsxwriter
$(BUILD)/wardsync-verify: LIBS = -lprotobuf-c -lsodium
$(PROGRAMS):
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
	@echo "built $@"

$(SIM): $(call objects,tests/sim) $(TEST_A) $(CORE_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lprotobuf-c -lsodium
$(TEST_BIN): $(BUILD)/%: $(BUILD)/%.o $(TEST_A) $(VERIFY_A) $(BADLINK_A) $(HOST_A) $(CORE_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(BADLINK): $(BUILD)/tools/badlink/main.o $(BADLINK_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
$(BENCH): %: %.o $(BENCH_O) $(TEST_A) $(HOST_A) $(CORE_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(PHOTO): %: %.o $(TEST_A) $(HOST_A) $(CORE_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/tests/crash/lab: $(CRASH_O) $(HOST_A) $(CORE_A)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/tests/%.so: tests/%.c # preloaded
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out -fsanitize%,$(CFLAGS)) -fPIC -shared -o $@ $<

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(FUZZ_O)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/tests/fuzz/record: $(BUILD)/tests/fuzz/record.o $(FUZZ_O)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
$(FUZZ:%=$(BUILD)/tests/fuzz/fuzz_%): %: %.o $(FUZZ_O) # CC=clang: tests/fuzz/run
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
