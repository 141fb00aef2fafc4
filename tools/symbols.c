// SPDX-License-Identifier: GPL-2.0-only
/*
 * Symbols of files that were mapped, through libdwfl: it finds the symbols and
 * the source lines that are in the file itself, and those that the distribution
 * has put elsewhere.
 */
#include <argp.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "symbols.h"

struct symbols {
	const char *complaint;
	Dwfl *dwfl;
	Dwfl_Module *module;
};

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static bool is_deleted(const char *path)
{
	static const char mark[] = " (deleted)";
	size_t length = strlen(path), end = strlen(mark);

	return length > end && !strcmp(path + length - end, mark);
}

static const char *explain_open(const char *path)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return is_deleted(path) ? "was deleted" : "is gone";
	case EACCES:
	case EPERM:
		return "may not be read";
	}
	return "cannot be read";
}

static __u64 nanoseconds(const struct timespec *time)
{
	return time->tv_sec * 1000000000ull + time->tv_nsec;
}

/*
 * Is it the file that was mapped, as far as its inode tells? A file that is put
 * in place of another has an inode of its own, and in one that is written to, or
 * whose inode was given away and used again, the times are later. The device is
 * not compared: some file systems have one for stat(2) and another for maps.
 */
static const char *compare_inode(const struct vproc_name *name, __u64 mapped,
				 const struct stat *status)
{
	if (status->st_ino != name->inode)
		return "is another file now";
	if (nanoseconds(&status->st_mtim) > mapped ||
	    nanoseconds(&status->st_ctim) > mapped)
		return "has changed since";
	return NULL;
}

static const char *compare_build_id(const struct vproc_name *name, Elf *elf)
{
	const void *id;
	ssize_t size = dwelf_elf_gnu_build_id(elf, &id);

	if (size <= 0 || (size_t)size != name->build_id_size ||
	    memcmp(id, name->build_id, size))
		return "has changed since";
	return NULL;
}

/* Hands the file, and its descriptor, over to libdwfl. Returns a complaint. */
static const char *report(struct symbols *symbols,
			  const struct vproc_name *name, int fd)
{
	GElf_Addr bias;
	Elf *elf = NULL;

	symbols->dwfl = dwfl_begin(&callbacks);
	if (!symbols->dwfl)
		errx(argp_err_exit_status, "cannot look up symbols: %s",
		     dwfl_errmsg(-1));
	symbols->module = dwfl_report_offline(symbols->dwfl, "", name->text,
					      fd);
	if (!symbols->module) {
		close(fd);
		return "is no ELF file";
	}
	dwfl_report_end(symbols->dwfl, NULL, NULL);
	elf = dwfl_module_getelf(symbols->module, &bias);
	if (!elf)
		return "is no ELF file";
	return name->build_id_size ? compare_build_id(name, elf) : NULL;
}

static const char *find_file(struct symbols *symbols,
			     const struct vproc_name *name, __u64 mapped)
{
	const char *complaint = NULL;
	struct stat status;
	int fd;

	if (stat(name->text, &status))
		return explain_open(name->text);
	if (!S_ISREG(status.st_mode))
		return "is another file now";
	fd = open(name->text, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return explain_open(name->text);
	if (fstat(fd, &status))
		complaint = explain_open(name->text);
	else if (!name->build_id_size)
		complaint = compare_inode(name, mapped, &status);
	if (complaint) {
		close(fd);
		return complaint;
	}
	return report(symbols, name, fd);
}

struct symbols *symbols_open(const struct vproc_name *name, __u64 mapped)
{
	struct symbols *symbols = memory_need(calloc(1, sizeof(*symbols)));

	symbols->complaint = find_file(symbols, name, mapped);
	return symbols;
}

const char *symbols_complaint(const struct symbols *symbols)
{
	return symbols->complaint;
}

/* The address of an offset in the file, by the segment that is there. */
static bool find_address(Elf *elf, __u64 offset, GElf_Addr *address)
{
	size_t count, i;
	GElf_Phdr head;

	if (elf_getphdrnum(elf, &count))
		return false;
	for (i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, i, &head) || head.p_type != PT_LOAD ||
		    !(head.p_flags & PF_X) || offset < head.p_offset ||
		    offset - head.p_offset >= head.p_filesz)
			continue;
		*address = offset - head.p_offset + head.p_vaddr;
		return true;
	}
	return false;
}

/*
 * libdwfl may also give the label before the address. What has no size, or ends
 * before it, is not where the address is.
 */
static void find_function(struct symbols *symbols, GElf_Addr address,
			  struct symbol *symbol)
{
	const char *name;
	GElf_Off offset;
	GElf_Sym sym;

	name = dwfl_module_addrinfo(symbols->module, address, &offset, &sym,
				    NULL, NULL, NULL);
	if (!name || offset >= sym.st_size)
		return;
	symbol->function = name;
	symbol->offset = offset;
}

static void find_line(struct symbols *symbols, GElf_Addr address,
		      struct symbol *symbol)
{
	Dwfl_Line *line = dwfl_module_getsrc(symbols->module, address);

	if (!line)
		return;
	symbol->source = dwfl_lineinfo(line, NULL, &symbol->line, NULL, NULL,
				       NULL);
	/* The compiler's own instructions are of no line. */
	if (!symbol->line)
		symbol->source = NULL;
}

void symbols_find(struct symbols *symbols, __u64 offset, bool call,
		  struct symbol *symbol)
{
	GElf_Addr address, bias;
	Elf *elf;

	*symbol = (struct symbol){};
	if (symbols->complaint)
		return;
	elf = dwfl_module_getelf(symbols->module, &bias);
	/* Behind a call there may be another line, or the next function. */
	if (!elf || !find_address(elf, offset - call, &address))
		return;
	find_function(symbols, address + bias, symbol);
	find_line(symbols, address + bias, symbol);
	symbol->offset += call;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
	free(symbols);
}
