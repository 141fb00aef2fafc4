// SPDX-License-Identifier: GPL-2.0-only
/*
 * Call sites: from instruction pointers to files, and to what is there in them.
 */
#define _GNU_SOURCE	/* tdestroy() */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "numbering.h"
#include "past.h"
#include "sites.h"
#include "symbols.h"

/* The number of what is no file and has no name. */
#define FILE_NONE	0

/**
 * struct file - what has a name and is mapped
 * @name: the name, and which file it is
 * @number: its place among all
 * @mapped: when it was first seen, in ns since 1970
 * @symbols: once they were asked for
 */
struct file {
	struct vproc_name name;
	size_t number;
	__u64 mapped;
	struct symbols *symbols;
};

/**
 * struct site - an instruction
 * @file: number of the file
 * @offset: in the file; the address if it is in none
 * @call: it is the one behind a system call
 */
struct site {
	size_t file;
	__u64 offset;
	bool call;
};

/**
 * struct sites - all that have been seen
 * @recording: where
 * @tree: the files, by name
 * @files: the same, by number
 * @nr_files: how many
 * @file_room: how many there is room for
 * @ids: numbers for ids of histories
 * @file_of_id: by these, the files
 * @id_room: how many there is room for
 * @numbers: numbers for sites
 * @list: by these, the sites
 * @room: how many there is room for
 */
struct sites {
	const struct vproc_recording *recording;
	void *tree;
	struct file **files;
	size_t nr_files;
	size_t file_room;
	struct numbering ids;
	struct file **file_of_id;
	size_t id_room;
	struct numbering numbers;
	struct site *list;
	size_t room;
};

static int compare_numbers(__u64 a, __u64 b)
{
	return (a > b) - (a < b);
}

/* The order of the tree. Two files may have the same name. */
static int compare_files(const void *a, const void *b)
{
	const struct vproc_name *one = &((const struct file *)a)->name;
	const struct vproc_name *two = &((const struct file *)b)->name;
	int order = strcmp(one->text, two->text);

	if (!order)
		order = compare_numbers(one->kind, two->kind);
	if (!order)
		order = compare_numbers(one->inode, two->inode);
	if (!order)
		order = compare_numbers(one->dev_major, two->dev_major);
	if (!order)
		order = compare_numbers(one->dev_minor, two->dev_minor);
	if (!order)
		order = compare_numbers(one->build_id_size,
					two->build_id_size);
	if (!order && one->build_id_size)
		order = memcmp(one->build_id, two->build_id,
			       one->build_id_size);
	return order;
}

static struct file *add_file(struct sites *sites, const struct vproc_name *name,
			     __u64 mapped)
{
	struct file *file = memory_need(calloc(1, sizeof(*file)));

	file->name = *name;
	file->number = sites->nr_files;
	file->mapped = mapped;
	sites->files = memory_grow(sites->files, sites->nr_files,
				   &sites->file_room, sizeof(sites->files[0]));
	sites->files[sites->nr_files++] = file;
	memory_need(tsearch(file, &sites->tree, compare_files));
	return file;
}

/* Sites number SITE_NONE and files number FILE_NONE are there from the start. */
struct sites *sites_new(const struct vproc_recording *recording)
{
	const struct vproc_name none = { .kind = VPROC_FILE_NAME, .text = "" };
	struct sites *sites = memory_need(calloc(1, sizeof(*sites)));

	sites->recording = recording;
	add_file(sites, &none, 0);
	numbering_find(&sites->numbers, FILE_NONE, 0);
	sites->list = memory_grow(NULL, 0, &sites->room,
				  sizeof(sites->list[0]));
	sites->list[SITE_NONE] = (struct site){};
	return sites;
}

static void free_file(void *node)
{
	struct file *file = node;

	symbols_close(file->symbols);
	free(file);
}

void sites_free(struct sites *sites)
{
	if (!sites)
		return;
	tdestroy(sites->tree, free_file);
	numbering_clear(&sites->ids);
	numbering_clear(&sites->numbers);
	free(sites->files);
	free(sites->file_of_id);
	free(sites->list);
	free(sites);
}

/* When a name was looked up, in ns since 1970. */
static __u64 time_of(const struct sites *sites,
		     const struct vproc_history *history,
		     const struct vproc_name *name)
{
	size_t index = vproc_history_index(history, name->since);
	const struct vproc_event *event;

	event = vproc_history_event(history, index ? index - 1 : 0);
	return event->time + sites->recording->system.realtime;
}

static struct file *find_file(struct sites *sites,
			      const struct vproc_history *history, __u64 id,
			      __u64 seq)
{
	const struct vproc_name *name = vproc_history_name(history, id, seq);
	struct file key, *const *found;

	if (!name || id < VPROC_NAME_FIRST)
		return sites->files[FILE_NONE];
	key.name = *name;
	found = tfind(&key, &sites->tree, compare_files);
	if (found)
		return *found;
	return add_file(sites, name, time_of(sites, history, name));
}

/* A file keeps the name with which it was seen first in its process. */
size_t sites_file(struct sites *sites, const struct vproc_history *history,
		  const struct vproc_region *region, __u64 seq)
{
	size_t known = sites->ids.count;
	size_t id = numbering_find(&sites->ids, (uintptr_t)history,
				   region->file);

	if (id == known) {
		sites->file_of_id = memory_grow(sites->file_of_id, known,
						&sites->id_room,
						sizeof(sites->file_of_id[0]));
		sites->file_of_id[id] = find_file(sites, history, region->file,
						  seq);
	}
	return sites->file_of_id[id]->number;
}

size_t sites_find(struct sites *sites, const struct vproc_history *history,
		  const struct vproc_event *event,
		  const struct vproc_region *region)
{
	struct site site = { .offset = event->ip, .call = event->syscall >= 0 };
	size_t known = sites->numbers.count, number;

	if (!event->ip)
		return SITE_NONE;
	if (region)
		site.file = sites_file(sites, history, region, event->seq);
	if (site.file != FILE_NONE)
		site.offset = event->ip - region->start + region->offset;
	number = numbering_find(&sites->numbers, 2 * site.file + site.call,
				site.offset);
	if (number == known) {
		sites->list = memory_grow(sites->list, known, &sites->room,
					  sizeof(sites->list[0]));
		sites->list[number] = site;
	}
	return number;
}

size_t sites_look_up(struct sites *sites, const struct vproc_history *history,
		     const struct vproc_event *event)
{
	struct vproc_region region;

	/* It was there before the event, which may have unmapped it. */
	if (event->ip &&
	    (!vproc_history_region(history, event->seq - 1, event->ip,
				   &region) ||
	     !vproc_history_region(history, event->seq, event->ip, &region)))
		return sites_find(sites, history, event, &region);
	return sites_find(sites, history, event, NULL);
}

const char *sites_file_name(const struct sites *sites, size_t file)
{
	return past_escape(&sites->files[file]->name);
}

bool sites_is_file(const struct sites *sites, size_t file)
{
	return sites->files[file]->name.kind == VPROC_FILE_PATH;
}

static void add_symbol(struct json_object *object, const struct symbol *symbol)
{
	if (symbol->function) {
		output_string(object, "function", symbol->function);
		output_number(object, "function_offset", symbol->offset);
	} else {
		output_null(object, "function");
		output_null(object, "function_offset");
	}
	if (symbol->source) {
		output_string(object, "source", symbol->source);
		output_signed(object, "line", symbol->line);
	} else {
		output_null(object, "source");
		output_null(object, "line");
	}
}

/* Fills in @symbol. Returns why there is none, NULL if there might be. */
static const char *find_symbol(struct sites *sites, const struct site *site,
			       struct symbol *symbol)
{
	struct file *file = sites->files[site->file];

	*symbol = (struct symbol){};
	if (file->name.kind != VPROC_FILE_PATH)
		return "is no file";
	if (!file->symbols)
		file->symbols = symbols_open(&file->name, file->mapped);
	symbols_find(file->symbols, site->offset, site->call, symbol);
	return symbols_complaint(file->symbols);
}

void sites_put(struct sites *sites, struct json_object *object,
	       const char *key, size_t number)
{
	const struct site *site = &sites->list[number];
	struct json_object *member;
	const char *complaint;
	struct symbol symbol;

	if (number == SITE_NONE) {
		output_null(object, key);
		return;
	}
	member = output_member(object, key);
	if (site->file == FILE_NONE)
		output_null(member, "file");
	else
		output_string(member, "file",
			      sites_file_name(sites, site->file));
	output_address(member, "offset", site->offset);
	complaint = find_symbol(sites, site, &symbol);
	add_symbol(member, &symbol);
	if (complaint)
		output_string(member, "complaint", complaint);
	else
		output_null(member, "complaint");
}

void sites_put_complaints(const struct sites *sites, struct json_object *object,
			  const char *key)
{
	struct json_object *array = output_array(object, key);
	size_t i;

	for (i = 0; i < sites->nr_files; i++) {
		const struct file *file = sites->files[i];
		struct json_object *element;

		if (!file->symbols || !symbols_complaint(file->symbols))
			continue;
		element = output_element(array);
		output_string(element, "file", sites_file_name(sites, i));
		output_string(element, "complaint",
			      symbols_complaint(file->symbols));
	}
}

static void print_function(FILE *out, const struct json_object *site)
{
	const char *source, *base;

	fprintf(out, "%s+0x%" PRIx64, output_get_string(site, "function"),
		output_get_number(site, "function_offset"));
	if (!output_get(site, "source"))
		return;
	source = output_get_string(site, "source");
	base = strrchr(source, '/');
	fprintf(out, " %s:%" PRId64, base ? base + 1 : source,
		output_get_signed(site, "line"));
}

void site_object_print(FILE *out, const struct json_object *site)
{
	if (!site) {
		putc('-', out);
		return;
	}
	if (!output_get(site, "file")) {
		fprintf(out, "%" PRIx64 ", no file",
			output_get_address(site, "offset"));
		return;
	}
	fputs(output_get_string(site, "file"), out);
	if (output_get(site, "function")) {
		putc(' ', out);
		print_function(out, site);
	} else {
		fprintf(out, "+0x%" PRIx64, output_get_address(site, "offset"));
	}
}
