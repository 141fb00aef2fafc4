// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that map, unmap, protect and move.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../regions.h"
#include "../words.h"
#include "commands.h"

/* The keys of a range that has just been mapped, and of the region it is in. */
static enum outcome add_mapped(struct call *call, uint64_t addr, uint64_t size)
{
	struct vproc_query query = { .addr = addr };
	struct json_object *region;
	char perm[5];

	if (call_ask(call, VPROC_QUERY, &query))
		return OUTCOME_FAILED;
	range_to_object(call, addr, size);
	region_perm(perm, query.region.perm);
	output_string(call->object, "perm", perm);
	output_string(call->object, "type", word_type(query.region.type));
	region = output_member(call->object, "region");
	output_address(region, "start", query.region.start);
	output_address(region, "end", query.region.end);
	return OUTCOME_DONE;
}

/* What lies in a larger region has become one with its neighbours. */
static void print_merged(FILE *out, const struct json_object *object)
{
	struct json_object *region = output_get(object, "region");

	if (output_get_address(region, "start") ==
	    output_get_address(object, "start") &&
	    output_get_address(region, "end") ==
	    output_get_address(object, "end"))
		return;
	fputs("; now part of ", out);
	print_range(out, region);
}

static void print_mapped(FILE *out, const struct json_object *object)
{
	fputs("mapped ", out);
	print_range(out, object);
	fprintf(out, " %s %s: ", output_get_string(object, "perm"),
		output_get_string(object, "type"));
	print_extent(out, object);
	print_merged(out, object);
	print_change(out, object);
}

/* A name of mmap()'s or mremap()'s flags. */
struct flag {
	const char *name;
	uint32_t clear;
	uint32_t set;
	bool has_address;	/* which follows */
};

static const struct flag map_flags[] = {
	{ "private", MAP_TYPE, MAP_PRIVATE, false },
	{ "shared", MAP_TYPE, MAP_SHARED, false },
	{ "validate", MAP_TYPE, MAP_SHARED_VALIDATE, false },
	{ "anon", 0, MAP_ANONYMOUS, false },
	{ "at", 0, 0, true },
	{ "fixed", 0, MAP_FIXED, true },
	{ "noreplace", 0, MAP_FIXED_NOREPLACE, true },
	{ "noreserve", 0, MAP_NORESERVE, false },
	{ "growsdown", 0, MAP_GROWSDOWN, false },
	{}
};

static const struct flag remap_flags[] = {
	{ "maymove", 0, MREMAP_MAYMOVE, false },
	{ "fixed", 0, MREMAP_FIXED, true },
	{ "dontunmap", 0, MREMAP_DONTUNMAP, false },
	{ "hint", 0, 0, true },
	{}
};

/* Returns 1 if the next word was a flag, 0 if not, -1 if it was misused. */
static int take_flag(struct call *call, const struct flag *flag,
		     uint32_t *flags, __u64 *addr)
{
	for (; flag->name; flag++) {
		if (!take_option(call, flag->name))
			continue;
		*flags = (*flags & ~flag->clear) | flag->set;
		if (flag->has_address &&
		    take_address(call, "the address", addr))
			return -1;
		return 1;
	}
	return 0;
}

/* Opens the file that is named next. */
static int take_file(struct call *call, int access, struct vproc_mmap *map)
{
	const char *path;

	if (take_word(call, "the name of the file", &path))
		return -1;
	if (map->fd >= 0) {
		call_misused(call, "one file only, not '%s' as well", path);
		return -1;
	}
	/* Neither a FIFO nor a terminal is to have a say. */
	map->fd = open(path, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (map->fd >= 0)
		return 0;
	call_misused(call, "cannot open '%s': %s", path, strerror(errno));
	return -1;
}

/* As take_flag(). */
static int take_map_option(struct call *call, struct vproc_mmap *map)
{
	int taken;

	taken = take_flag(call, map_flags, &map->flags, &map->addr);
	if (taken)
		return taken;
	if (take_option(call, "file"))
		return take_file(call, O_RDONLY, map) ? -1 : 1;
	if (take_option(call, "rwfile"))
		return take_file(call, O_RDWR, map) ? -1 : 1;
	if (take_option(call, "offset"))
		return take_size(call, "the offset", &map->offset) ? -1 : 1;
	return 0;
}

static int take_map(struct call *call, struct vproc_mmap *map)
{
	int taken;

	if (take_size(call, "the size", &map->size) ||
	    take_prot(call, &map->prot))
		return -1;
	do
		taken = take_map_option(call, map);
	while (taken > 0);
	if (taken < 0 || take_end(call))
		return -1;
	if (!(map->flags & MAP_TYPE))
		map->flags |= MAP_PRIVATE;
	if (map->fd < 0)
		map->flags |= MAP_ANONYMOUS;
	return 0;
}

static enum outcome run_map(struct call *call)
{
	struct vproc_mmap map = { .fd = -1 };
	enum outcome outcome = OUTCOME_MISUSED;

	if (!take_map(call, &map))
		outcome = call_change(call, VPROC_MAP, &map);
	if (map.fd >= 0)
		close(map.fd);
	if (outcome)
		return outcome;
	call->value = map.addr;
	return add_mapped(call, map.addr, map.size);
}

static enum outcome run_allocate(struct call *call)
{
	struct vproc_allocate allocate = {};
	enum outcome outcome;

	if (take_size(call, "the size", &allocate.size) ||
	    take_prot(call, &allocate.prot) || take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_ALLOCATE, &allocate);
	if (outcome)
		return outcome;
	call->value = allocate.addr;
	return add_mapped(call, allocate.addr, allocate.size);
}

static enum outcome run_physical(struct call *call)
{
	struct vproc_map_physical map = {};
	enum outcome outcome;

	if (take_address(call, "the physical address", &map.phys) ||
	    take_range(call, &map.addr, &map.size) ||
	    take_prot(call, &map.prot) || take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_MAP_PHYSICAL, &map);
	if (outcome)
		return outcome;
	output_address(call->object, "phys", map.phys);
	return add_mapped(call, map.addr, map.size);
}

/* Both calls have the range that is gone, holes included. */
static enum outcome run_range(struct call *call, unsigned long request)
{
	struct vproc_range range;
	enum outcome outcome;

	if (take_range(call, &range.addr, &range.size) || take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, request, &range);
	if (!outcome)
		range_to_object(call, range.addr, range.size);
	return outcome;
}

static enum outcome run_free(struct call *call)
{
	return run_range(call, VPROC_FREE);
}

static enum outcome run_unmap(struct call *call)
{
	return run_range(call, VPROC_UNMAP);
}

static void print_unmapped(FILE *out, const struct json_object *object)
{
	fputs("nothing is mapped at ", out);
	print_range(out, object);
	fputs(" now, ", out);
	print_count(out, output_get_number(object, "bytes_before") -
		    output_get_number(object, "bytes"), "byte");
	fputs(" less", out);
	print_change(out, object);
}

static enum outcome run_protect(struct call *call)
{
	struct vproc_mprotect protect = {};
	enum outcome outcome;
	char perm[5];

	if (take_range(call, &protect.addr, &protect.size) ||
	    take_prot(call, &protect.prot) || take_end(call))
		return OUTCOME_MISUSED;
	outcome = call_change(call, VPROC_PROTECT, &protect);
	if (outcome)
		return outcome;
	range_to_object(call, protect.addr, protect.size);
	region_perm(perm, protect.prot);
	perm[3] = '\0';
	output_string(call->object, "prot", perm);
	return OUTCOME_DONE;
}

static void print_protected(FILE *out, const struct json_object *object)
{
	print_range(out, object);
	fprintf(out, " is %s now", output_get_string(object, "prot"));
	print_change(out, object);
}

static enum outcome run_remap(struct call *call)
{
	struct vproc_mremap remap = {};
	enum outcome outcome;
	struct json_object *old;
	__u64 from;
	int taken;

	if (take_range(call, &from, &remap.old_size) ||
	    take_size(call, "the new size", &remap.new_size))
		return OUTCOME_MISUSED;
	do
		taken = take_flag(call, remap_flags, &remap.flags,
				  &remap.new_addr);
	while (taken > 0);
	if (taken < 0 || take_end(call))
		return OUTCOME_MISUSED;
	remap.addr = from;
	outcome = call_change(call, VPROC_MREMAP, &remap);
	if (outcome)
		return outcome;
	call->value = remap.addr;
	old = output_member(call->object, "old");
	output_address(old, "start", from);
	output_address(old, "end", from + remap.old_size);
	return add_mapped(call, remap.addr, remap.new_size);
}

static void print_remapped(FILE *out, const struct json_object *object)
{
	struct json_object *old = output_get(object, "old");
	const uint64_t start = output_get_address(old, "start");

	print_range(out, old);
	if (start == output_get_address(old, "end"))
		fputs(" is mapped a second time, at ", out);
	else if (start == output_get_address(object, "start"))
		fputs(" is now ", out);
	else
		fputs(" moved to ", out);
	print_range(out, object);
	fputs(": ", out);
	print_extent(out, object);
	print_merged(out, object);
	print_change(out, object);
}

static const struct meaning map_errors[] = {
	{ EINVAL,
	  "the size is 0, the offset is not of whole pages, a fixed address is not aligned, growsdown is not for private anonymous memory, or the file is on hugetlbfs"
	},
	{ ENOMEM,
	  "no free range is that large, a fixed one is beyond user space, or there are the most regions already"
	},
	{ EPERM,
	  "a fixed address is below user space, or code of a file system that is mounted noexec" },
	{ EEXIST, "noreplace, and something is mapped there" },
	{ EOVERFLOW, "offset and size are beyond what the file can hold" },
	{ EOPNOTSUPP, "validate does not know noreplace for a file" },
	{ EACCES, "the file is not open for that: shared and writable needs rwfile" },
	{ ENODEV, "the file is of a kind that cannot be mapped" },
	{}
};

static const struct meaning unmap_errors[] = {
	{ EINVAL, "the address is not aligned, the range is empty, or beyond user space" },
	{ ENOMEM, "a region would be cut in two where there are the most regions already" },
	{}
};

static const struct meaning free_errors[] = {
	{ EINVAL,
	  "the address is not aligned, or not all of the range is private anonymous memory" },
	{ ENOMEM, "a region would be cut in two where there are the most regions already" },
	{}
};

static const struct meaning physical_errors[] = {
	{ EINVAL, "an address is not aligned, or the size is 0" },
	{ EOVERFLOW, "the physical range is beyond 64 bits" },
	{ EEXIST, "something is mapped there" },
	{ ENOMEM, "beyond user space, or there are the most regions already" },
	{ EPERM, "below user space" },
	{}
};

static const struct meaning protect_errors[] = {
	{ EINVAL, "the address is not aligned" },
	{ ENOMEM, "the range has a hole, or there are the most regions already" },
	{ EACCES, "the file is not open for that" },
	{}
};

static const struct meaning remap_errors[] = {
	{ EINVAL,
	  "an address is not aligned, the new size is 0, the ranges overlap, the flags do not go together, or the old size is 0 and the memory not shared"
	},
	{ EFAULT,
	  "nothing is mapped at the old address, the old range is more than one region, or physical memory is to grow"
	},
	{ ENOMEM,
	  "there is no room to grow there (without maymove), none anywhere, or there are too many regions"
	},
	{ EPERM, "the new address is below user space" },
	{}
};

const struct command map_commands[] = {
	{
		.name = "map",
		.run = run_map,
		.text = print_mapped,
		.forms =
			"SIZE PROT [private|shared|validate] [anon|file PATH|rwfile PATH] [offset OFFSET] [at ADDR|fixed ADDR|noreplace ADDR] [noreserve] [growsdown]",
		.summary = "map memory, as mmap(2) does",
		.details =
			"Memory is private and anonymous if nothing else is said. 'at' is a hint, 'fixed' is MAP_FIXED and replaces what is there, 'noreplace' is MAP_FIXED_NOREPLACE. 'file' opens PATH for reading, 'rwfile' for writing, too; it can be closed, moved or deleted afterwards.\n\n  $a = map 64K rw\n  map 1p r-x private file /bin/true fixed 400000",
		.result = "the address",
		.errors = map_errors,
	}, {
		.name = "allocate",
		.run = run_allocate,
		.text = print_mapped,
		.forms = "SIZE PROT",
		.summary = "private anonymous memory, wherever there is room",
		.details = "The highest free range below the stack is taken.",
		.result = "the address",
		.errors = map_errors,
	}, {
		.name = "physical",
		.run = run_physical,
		.text = print_mapped,
		.forms = "PHYS RANGE PROT",
		.summary = "map physical memory (only as an entry in the books)",
		.details = "  physical fee00000 20000000 1p rw",
		.errors = physical_errors,
	}, {
		.name = "unmap",
		.run = run_unmap,
		.text = print_unmapped,
		.forms = "RANGE",
		.summary = "unmap a range, as munmap(2) does",
		.details =
			"Holes in the range are no error. A region of which the middle goes becomes two.",
		.errors = unmap_errors,
	}, {
		.name = "free",
		.run = run_free,
		.text = print_unmapped,
		.forms = "RANGE",
		.summary = "unmap what 'allocate' gave, and nothing else",
		.errors = free_errors,
	}, {
		.name = "protect",
		.run = run_protect,
		.text = print_protected,
		.forms = "RANGE PROT",
		.summary = "change the protection of a range, as mprotect(2) does",
		.details =
			"Regions are split at the ends of the range, and become one with neighbours that they are the same as. An error leaves what lies before its cause changed, as the system call does.",
		.errors = protect_errors,
	}, {
		.name = "remap",
		.run = run_remap,
		.text = print_remapped,
		.forms = "RANGE NEWSIZE [maymove] [fixed ADDR] [dontunmap] [hint ADDR]",
		.summary = "change the size or the place of a mapping, as mremap(2) does",
		.details =
			"The flags are those of the system call: 'fixed' and 'dontunmap' need 'maymove', too. A range of size 0 makes a second mapping of shared memory. 'hint' is an address for 'dontunmap'.",
		.result = "the new address",
		.errors = remap_errors,
	},
	{}
};
