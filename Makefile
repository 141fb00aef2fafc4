# SPDX-License-Identifier: GPL-2.0-only
#
# "make help" lists the targets.

# The kernel to build for: the running one, else the newest with headers.
KDIR ?= $(or $(wildcard /lib/modules/$(shell uname -r)/build), \
	$(shell printf '%s\n' /usr/src/linux-headers-*-amd64 | sort -V | tail -n 1))

# The kernels to test on: see scripts/kernel.
VM_KERNEL ?=
DEBUG     ?=
vm-kernel    := $(patsubst 6.1-debug,debug,$(or $(VM_KERNEL),6.1)$(DEBUG:1=-debug))
vm-kernels   := $(if $(VM_KERNEL),$(vm-kernel),6.1 debug)
debug-kernel := $(if $(filter %debug,$(vm-kernel)),$(vm-kernel),debug)

OPS     ?= 2000
ROUNDS  ?= 1000
SEED    ?= 1
THREADS ?= 1
N       ?= 100000
MINUTES ?= 10
BENCH   ?=

CC     := gcc
CFLAGS := -O2 -g -Wall -Wextra -Werror

all: module tools

help:
	@echo 'make            vproc.ko for KDIR, and build/tools/vproc'
	@echo 'make setup      install the packages, get the test kernels'
	@echo 'make run        track real programs in a VM, compare, and show it'
	@echo 'make programs   larger ones, from the distribution: databases, compilers,'
	@echo '                language runtimes, stress-ng'
	@echo 'make test       KUnit and selftests, on every test kernel'
	@echo 'make kunit      KUnit alone (debug kernel)'
	@echo 'make selftest   selftests alone'
	@echo 'make tooltest   tests of the vproc command (TOOLTESTS: only these, in the VM)'
	@echo 'make coverage   which lines of the module all tests together run (debug kernel)'
	@echo 'make storm      random operations on a live process (OPS SEED THREADS)'
	@echo 'make races      attach, fork, exec, exit, kill, rmmod, all at once (ROUNDS SEED)'
	@echo 'make faults     every allocation fails in turn (debug kernel)'
	@echo 'make kcsan      data races, in a kernel that looks for them (ROUNDS SEED)'
	@echo 'make soak       a thousand processes, one of 60,000 regions, one of 200'
	@echo '                threads, one of 5 million events, all at once (MINUTES SEED)'
	@echo 'make fuzz       random calls, valid and hostile (N SEED); in the debug kernel'
	@echo '                led by coverage, and what it learns is kept'
	@echo 'make twin       random operations on the model and its twin (OPS SEED)'
	@echo 'make matrix     build, selftest, storm, twin and programs on all kernels, in'
	@echo '                one table (PARTS: only these)'
	@echo 'make compilers  the module built by other compilers, without a warning'
	@echo 'make limited    kernels that lack what tracking needs, or take signed modules only'
	@echo 'make bench      what it costs, what it gives, beside others (BENCH: only these)'
	@echo 'make shell      a shell in a VM with the module loaded'
	@echo 'make lint       static checks'
	@echo 'make install    all, or a part: -tools -lib -module -device (DESTDIR PREFIX)'
	@echo 'make install-dkms  the sources of the module, for DKMS'
	@echo 'make uninstall  what these have installed'
	@echo 'make deb        Debian packages, in build/deb/'
	@echo 'make debtest    install them in a VM, use them, remove them'
	@echo 'make clean      remove what was built'
	@echo
	@echo 'VM_KERNEL=6.1|6.1-rt|6.12|7.3 chooses the kernel of the VM, DEBUG=1 takes'
	@echo 'the debug kernel of that series.'

# What builds there: see scripts/kernel.
KMAKE    = $(MAKE)

# The module is built in build/<release>/, a mirror of links to the sources,
# so that one tree serves several kernels.

release  = $(shell sed -n 's/.*"\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
objdir   = build/$(release)
sources := Kbuild $(wildcard *.[ch] model/*.[ch] live/*.[ch] kunit/*.[ch])

# The module's BTF would need pahole and the kernel's own vmlinux.
kbuild   = $(KMAKE) -C $(KDIR) M=$(CURDIR)/$(objdir) \
	CONFIG_DEBUG_INFO_BTF_MODULES= $(KFLAGS)

module: ko
	@ln -sf $(objdir)/vproc.ko vproc.ko

# Objects of another configuration of the same release do not know that they are.
ko: toolchain
	@[ "$$(cat $(objdir)/kdir 2>/dev/null)" = "$(KDIR)" ] || rm -rf $(objdir)
	@mkdir -p $(sort $(dir $(addprefix $(objdir)/,$(sources))))
	@echo "$(KDIR)" >$(objdir)/kdir
	@find $(objdir) -xtype l -delete
	@for f in $(sources); do \
		[ -e $(objdir)/$$f ] || ln -s $(CURDIR)/$$f $(objdir)/$$f; \
	done
	flock $(objdir) $(kbuild) modules
	@touch $(objdir)/built

toolchain:
	@command -v $(CC) >/dev/null || \
		{ echo 'no $(CC): apt-get install gcc, or "make setup"' >&2; exit 1; }
	@[ -n "$(release)" ] || \
		{ echo 'no kernel headers: apt-get install linux-headers-amd64,' \
		  'or "make setup"' >&2; exit 1; }

# User space

tools: build/tools/vproc build/tools/vproc-monitor

# What the vproc command is linked with; the others need the C library alone.
vproc-libs := -ljson-c -ldw -lelf -ledit -lncursesw -ltinfo -lz -lm

# What vproc-monitor, the workhorse of "make run", shares with vproc.
monitor-common := args compare device names procmaps regions spawn textdiff \
	trackers

tool-headers := vproc_mem.h $(wildcard tools/*.h tools/lib/*.h \
	tools/model/*.h tools/monitor/*.h)

objects = $(patsubst %.c,build/%.o,$(wildcard $(1)))

build/tools/%.o: tools/%.c $(tool-headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TOOL_CFLAGS) -I. -c -o $@ $<
build/tools/lib/%.o: TOOL_CFLAGS := -fPIC
build/tools/main.o: version.h

build/lib/libvproc.a: $(call objects,tools/lib/*.c)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

# Parts of what "vproc picture" writes are linked in as they are.
picture-parts := $(patsubst %,build/%.o,$(wildcard tools/picture/*))

build/tools/picture/%.o: tools/picture/%
	@mkdir -p $(@D)
	$(LD) -r -z noexecstack -b binary -o $@ $<

build/tools/vproc: $(call objects,tools/*.c tools/model/*.c) $(picture-parts) \
		build/lib/libvproc.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(vproc-libs)

build/tools/vproc-monitor: $(call objects,tools/monitor/*.c) \
		$(monitor-common:%=build/tools/%.o)
	$(CC) $(CFLAGS) -o $@ $^

# The tests of the library, and what makes the recordings that those of the
# command read.
tool-tests := $(patsubst tools/tests/%.c,build/tools/tests/%,\
	$(wildcard tools/tests/*.c))

# A program whose call sites are known, linked in several ways.
callsites := $(addprefix build/tools/tests/callsites-,pie fixed plain other)

# The example of the library, as a program that has it installed is built.
example := build/tools/tests/where

$(example): Documentation/examples/where.c build/lib/libvproc.a $(tool-headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -Itools/lib -o $@ $(filter %.c %.a,$^)

tooltests: $(tool-tests) build/tools/tests/basic.rec $(callsites) $(example)

build/tools/tests/basic.rec: build/tools/tests/sample
	$< $(@D)

build/tools/tests/%: build/tools/tests/%.o build/lib/libvproc.a
	$(CC) $(CFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lz

build/tools/tests/spells: build/tools/spells.o build/tools/memory.o

build/tools/tests/callsites-fixed: callsites-flags := -no-pie
build/tools/tests/callsites-plain: callsites-flags := -Wl,--build-id=none
build/tools/tests/callsites-other: callsites-flags := -O0
build/tools/tests/callsites-%: tools/tests/programs/callsites.c
	@mkdir -p $(@D)
	$(CC) -g -O1 -fno-inline -Wall -Wextra -Werror $(callsites-flags) -o $@ $<

# What reads files that nobody vouches for, or what is written while it reads, is
# built once more, so that a wrong access shows, and so that memory can be made to
# run out. To the mirror the test is the device, too.
wrap = $(patsubst %,-Wl$(comma)--wrap=%,$(1))
comma := ,
sanitized := $(addprefix build/tools/tests/,recording mirror)
$(sanitized): CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=all \
	$(call wrap,malloc calloc realloc reallocarray strdup)
build/tools/tests/mirror: CFLAGS += $(call wrap,ioctl mmap munmap uname)
$(sanitized): build/tools/tests/%: tools/tests/%.c $(wildcard tools/tests/*.h) \
		$(wildcard tools/lib/*.c) $(tool-headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -o $@ $(filter %.c,$^) -lz

tests := $(patsubst selftests/%.c,build/selftests/%,$(wildcard selftests/*.c)) \
	 $(patsubst selftests/%.c,build/selftests/%-32,$(wildcard selftests/abi*.c))
# The fuzzer's parts are for it alone.
fuzz-lib     := $(wildcard selftests/lib/fuzz*.c)
test-lib     := $(filter-out $(fuzz-lib),$(wildcard selftests/lib/*.c))
test-headers := $(wildcard selftests/*.h selftests/lib/*.h) vproc_mem.h

selftests: $(tests) build/vproc_mem.h.cxx build/vproc.h.cxx

# The API and the library are for C++ programs, too.
build/vproc_mem.h.cxx: vproc_mem.h
build/vproc.h.cxx: tools/lib/vproc.h vproc_mem.h
build/%.h.cxx:
	@mkdir -p $(@D)
	g++ -std=c++17 -fsyntax-only -x c++ -Wall -Wextra -pedantic -Werror -I. $<
	@touch $@

build/selftests/mirror: build/lib/libvproc.a

# What they exec all the time is themselves.
$(addprefix build/selftests/,races faults fuzz killed): CFLAGS += -static

build/selftests/fuzz: $(fuzz-lib:selftests/lib/%.c=build/testlib/%.o)

build/selftests/%-32 build/testlib-32/%.o: CFLAGS += -m32
build/selftests/%: selftests/%.c $(test-headers) \
		$(test-lib:selftests/lib/%.c=build/testlib/%.o)
	$(compile-test) -o $@ $(filter %.c %.o %.a,$^) -lpthread
build/selftests/%-32: selftests/%.c $(test-headers) \
		$(test-lib:selftests/lib/%.c=build/testlib-32/%.o)
	$(compile-test) -o $@ $(filter %.c %.o %.a,$^) -lpthread
build/testlib/%.o: selftests/lib/%.c $(test-headers)
	$(compile-test) -c -o $@ $<
build/testlib-32/%.o: selftests/lib/%.c $(test-headers)
	$(compile-test) -c -o $@ $<

.SECONDARY: $(patsubst selftests/lib/%.c,build/testlib/%.o,\
		$(wildcard selftests/lib/*.c)) \
	$(test-lib:selftests/lib/%.c=build/testlib-32/%.o)

define compile-test
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -isystem $$(scripts/kernel debug source)/tools/testing/selftests
endef

# The programs of the measure. Each has its main(), the rest is common.
bench-programs := cost read contend growth memory rate work
bench-common   := $(filter-out $(bench-programs:%=build/bench/%.o),\
	$(call objects,bench/*.c))
.SECONDARY: $(call objects,bench/*.c)

bench-tools: $(bench-programs:%=build/bench/%)

build/bench/%.o: bench/%.c $(wildcard bench/*.h) selftests/lib/procmap.h $(tool-headers)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -c -o $@ $<

build/bench/%: build/bench/%.o $(bench-common) build/lib/libvproc.a
	$(CC) $(CFLAGS) -o $@ $^ -lz

# The virtual machine

setup:
	scripts/setup

ready-%:
	@scripts/setup $*

ko-%: ready-%
	$(MAKE) --no-print-directory ko KDIR="$$(scripts/kernel $* headers)" \
		KMAKE="$$(scripts/kernel $* make)"

run: ko-$(vm-kernel) tools
	scripts/run $(vm-kernel)

programs: ko-$(vm-kernel) tools
	scripts/setup --programs $(vm-kernel)
	scripts/programs $(vm-kernel)

test: $(addprefix ko-,$(sort $(vm-kernels) $(debug-kernel))) tools tooltests selftests stage
	scripts/test kunit:$(debug-kernel) $(addprefix selftest:,$(vm-kernels)) \
		hosttest tooltest:$(vm-kernel)

kunit: ko-$(debug-kernel)
	scripts/test kunit:$(debug-kernel)

selftest: $(addprefix ko-,$(vm-kernels)) tools selftests
	scripts/test $(addprefix selftest:,$(vm-kernels))

tooltest: ko-$(vm-kernel) tools tooltests stage
	scripts/test $(if $(TOOLTESTS),,hosttest) tooltest:$(vm-kernel)

# Its objects are apart: instrumented, they are of no use but here.
coverage: ready-debug tools selftests
	$(MAKE) --no-print-directory ko objdir=build/coverage \
		KDIR="$$(scripts/kernel debug headers)" KFLAGS=VPROC_GCOV=1
	scripts/coverage

storm twin: ko-$(vm-kernel) selftests
	scripts/vm --kernel $(vm-kernel) --timeout 3600 -- scripts/guest/with-module \
		build/selftests/$@ --ops $(OPS) --seed $(SEED) --threads $(THREADS) \
		$(if $(filter storm,$@),--fork)

races: ko-$(vm-kernel) selftests
	scripts/vm --kernel $(vm-kernel) --timeout 14400 -- scripts/guest/with-module \
		scripts/guest/races $(ROUNDS) $(SEED)

# Setting it up and comparing all of it at the end is not part of the time.
soak: ko-$(vm-kernel) selftests
	scripts/vm --kernel $(vm-kernel) --mem 3072 \
		--timeout $$(($(MINUTES) * 60 + 3600)) -- scripts/guest/with-module \
		scripts/guest/soak --seconds $$(($(MINUTES) * 60)) --seed $(SEED)

faults: ko-debug selftests
	scripts/vm --kernel debug --timeout 7200 -- scripts/guest/with-module \
		scripts/guest/faults

kcsan: ko-6.1-kcsan tools selftests
	scripts/kcsan $(ROUNDS) $(SEED)

# What it has learned is in the corpus, for the next time and for other kernels.
fuzz: ko-$(vm-kernel) selftests
	mkdir -p build/fuzz-corpus
	scripts/vm --kernel $(vm-kernel) --timeout 86400 --share build/fuzz-corpus -- \
		scripts/guest/with-module scripts/guest/fuzz $(N) $(SEED) /run/vproc

matrix:
	scripts/matrix $(or $(VM_KERNEL),6.1 6.1-rt 6.12 7.3)

compilers:
	scripts/compilers

limited: tools tooltests selftests
	scripts/limited $(LIMITED)

bench: ko-$(vm-kernel) tools bench-tools
	scripts/setup --bench $(vm-kernel)
	scripts/bench $(vm-kernel) $(BENCH)

shell: ko-$(vm-kernel) tools
	scripts/vm --kernel $(vm-kernel) --shell -- scripts/guest/with-module bash

lint: ready-debug
	scripts/lint

include packaging/install.mk

clean:
	rm -rf build vproc.ko

.PHONY: all help module ko toolchain tools selftests setup run programs test \
	kunit selftest tooltest tooltests coverage storm twin races soak faults kcsan \
	fuzz \
	matrix compilers limited bench bench-tools shell lint clean
