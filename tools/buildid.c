// SPDX-License-Identifier: GPL-2.0-only
/*
 * Build ids: what tells an ELF file from all others.
 */
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buildid.h"

static bool is_file(const struct stat *status, uint64_t inode)
{
	return S_ISREG(status->st_mode) && status->st_ino == inode;
}

/* Opens it, and nothing else: to open a device might do something. */
static int open_file(const char *path, uint64_t inode)
{
	struct stat status;
	int fd;

	if (stat(path, &status) || !is_file(&status, inode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && (fstat(fd, &status) || !is_file(&status, inode))) {
		close(fd);
		return -1;
	}
	return fd;
}

void build_id_read(struct build_id *id, const char *path, uint64_t inode)
{
	int fd = open_file(path, inode);
	const void *bytes;
	ssize_t size = 0;
	Elf *elf;

	id->size = 0;
	if (fd < 0)
		return;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		size = dwelf_elf_gnu_build_id(elf, &bytes);
	if (size > 0 && size <= BUILD_ID_MAX) {
		id->size = size;
		memcpy(id->bytes, bytes, size);
	}
	elf_end(elf);
	close(fd);
}
