# SPDX-License-Identifier: GPL-2.0-only
#
# Installing; read by the Makefile. Nothing here needs to be root if DESTDIR is
# a directory of one's own.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
version := $(shell sed -n 's/.*VPROC_VERSION[\t ]*"\(.*\)"/\1/p' version.h)

bin-dir        = $(DESTDIR)$(PREFIX)/bin
include-dir    = $(DESTDIR)$(PREFIX)/include
lib-dir        = $(DESTDIR)$(LIBDIR)
man-dir        = $(DESTDIR)$(PREFIX)/share/man
doc-dir        = $(DESTDIR)$(PREFIX)/share/doc/vproc
completion-dir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
udev-dir       = $(DESTDIR)$(PREFIX)/lib/udev/rules.d
load-dir       = $(DESTDIR)$(PREFIX)/lib/modules-load.d
module-dir     = $(DESTDIR)/lib/modules/$(release)/updates
dkms-dir       = $(DESTDIR)/usr/src/vproc-$(version)

copy    = install -D -m 644
fill-in = sed 's:@VERSION@:$(version):; s:@PREFIX@:$(PREFIX):; s:@LIBDIR@:$(LIBDIR):'

# A distribution keeps the key to its kernel's signatures; who built the kernel
# has it.
has-key = $(if $(wildcard $(KDIR)/certs/signing_key.pem),y)

# What the manual pages refer to.
docs     := $(addprefix Documentation/,json.rst recording.rst)
examples := $(wildcard Documentation/examples/*)

# What DKMS builds the module from: no tests, no tools.
dkms-sources := Kbuild $(wildcard *.[ch] model/*.[ch] live/*.[ch])

install: install-tools install-lib install-module

install-tools: tools
	install -D -m 755 build/tools/vproc $(bin-dir)/vproc
	$(copy) Documentation/man/vproc.1 $(man-dir)/man1/vproc.1
	$(copy) tools/vproc.bash-completion $(completion-dir)/vproc
	$(copy) $(docs) -t $(doc-dir)
	$(if $(examples),$(copy) $(examples) -t $(doc-dir)/examples)

install-lib: build/lib/libvproc.a
	$(copy) vproc_mem.h $(include-dir)/vproc_mem.h
	$(copy) tools/lib/vproc.h $(include-dir)/vproc.h
	$(copy) build/lib/libvproc.a $(lib-dir)/libvproc.a
	$(fill-in) packaging/libvproc.pc.in | \
		$(copy) /dev/stdin $(lib-dir)/pkgconfig/libvproc.pc

# What the device wants beside the module, however that comes to be.
install-device:
	$(copy) packaging/udev.rules $(udev-dir)/60-vproc.rules
	$(copy) packaging/modules-load.conf $(load-dir)/vproc.conf
	$(copy) Documentation/man/vproc_mem.4 $(man-dir)/man4/vproc_mem.4

# Kbuild is asked only if a source is newer: who installs, as root, need not be
# who built.
$(objdir)/built: $(sources)
	@$(MAKE) --no-print-directory ko

# No depmod below DESTDIR: what else will be there is not known yet.
install-module: $(objdir)/built install-device
	$(kbuild) INSTALL_MOD_DIR=updates CONFIG_MODULE_SIG_ALL=$(has-key) \
		DEPMOD=true modules_install \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(abspath $(DESTDIR)))
	$(if $(DESTDIR),,depmod $(release))

install-dkms: install-device
	for file in $(dkms-sources); do \
		$(copy) $$file $(dkms-dir)/$$file || exit; \
	done
	$(fill-in) packaging/dkms.conf.in | $(copy) /dev/stdin $(dkms-dir)/dkms.conf

uninstall:
	rm -f $(bin-dir)/vproc $(man-dir)/man1/vproc.1 $(completion-dir)/vproc
	rm -f $(addprefix $(doc-dir)/,$(notdir $(docs)))
	rm -rf $(doc-dir)/examples
	rm -f $(addprefix $(include-dir)/,vproc_mem.h vproc.h)
	rm -f $(addprefix $(lib-dir)/,libvproc.a pkgconfig/libvproc.pc)
	rm -f $(udev-dir)/60-vproc.rules $(load-dir)/vproc.conf
	rm -f $(man-dir)/man4/vproc_mem.4
	rm -f $(addprefix $(module-dir)/,vproc.ko vproc_kunit.ko)
	rm -rf $(dkms-dir)
	$(if $(DESTDIR),,$(if $(release),depmod $(release)))

# What the tests of the command drive is what would be installed.
stage: tools
	@rm -rf build/install
	@$(MAKE) -s --no-print-directory install-tools install-lib install-device \
		DESTDIR=$(CURDIR)/build/install PREFIX=/usr

deb:
	scripts/deb

debtest: deb ready-$(vm-kernel)
	scripts/debtest $(vm-kernel)

.PHONY: install install-tools install-lib install-device install-module \
	install-dkms uninstall stage deb debtest
