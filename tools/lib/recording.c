// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a recording. Nothing in the file is trusted: all sizes are checked,
 * and what does not fit is reported with its block and offset.
 */
#define _GNU_SOURCE	/* vasprintf() */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "format.h"
#include "vproc.h"

/* deflate cannot make anything smaller than by this. */
#define MOST_DEFLATED	1040

/**
 * struct reader - a recording that is being read
 * @file: the file
 * @recording: what has been read
 * @complaint: what is wrong with the file, or NULL
 * @offset: where in the file the block is that is being read
 * @number: its number
 * @torn: the file ends before the block does
 */
struct reader {
	FILE *file;
	struct vproc_recording *recording;
	char *complaint;
	__u64 offset;
	__u32 number;
	bool torn;
};

/* Sets a complaint. Returns -1. */
static int complain(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int complain(struct reader *reader, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&reader->complaint, format, args) < 0)
		reader->complaint = NULL;
	va_end(args);
	errno = reader->complaint ? EBADMSG : ENOMEM;
	return -1;
}

/* The same, about the block that is being read. */
static int complain_block(struct reader *reader, const char *what)
{
	return complain(reader, "block %u, at byte %llu: %s", reader->number,
			(unsigned long long)reader->offset, what);
}

static bool is_machine_little_endian(void)
{
	const __u32 one = 1;
	char first;

	memcpy(&first, &one, 1);
	return first;
}

static int check_head(struct reader *reader,
		      const struct vproc_format_head *head, size_t size)
{
	const size_t magic = sizeof(head->magic);

	if (!size)
		return complain(reader, "it is empty");
	if (size < magic || memcmp(head->magic, VPROC_FORMAT_MAGIC, magic))
		return complain(reader, "this is no recording of vproc");
	if (size < sizeof(*head))
		return complain(reader, "it ends within its first %zu bytes",
				sizeof(*head));
	if (!is_machine_little_endian() || head->order != VPROC_FORMAT_ORDER)
		return complain(reader, "it is of a machine of another byte order");
	if (head->crc != crc32(0, (const Bytef *)head,
			       offsetof(struct vproc_format_head, crc)))
		return complain(reader, "its first %zu bytes are damaged",
				sizeof(*head));
	if (head->version != VPROC_FORMAT_VERSION)
		return complain(reader, "it has version %u of the format, and %u is what can be read: use a newer vproc",
				head->version, VPROC_FORMAT_VERSION);
	if (head->size != sizeof(*head) ||
	    head->event_size != sizeof(struct vproc_event) ||
	    head->region_size != sizeof(struct vproc_region))
		return complain(reader, "its sizes are not those of its version");
	return 0;
}

/* The bytes of a record that have not been looked at yet. */
struct bytes {
	const unsigned char *at;
	size_t left;
};

/* Takes @size bytes. */
static bool take(struct bytes *bytes, void *to, size_t size)
{
	if (bytes->left < size)
		return false;
	if (size)
		memcpy(to, bytes->at, size);
	bytes->at += size;
	bytes->left -= size;
	return true;
}

/* Takes a string; NULL if there is none. It is not copied. */
static const char *take_string(struct bytes *bytes)
{
	const unsigned char *at = bytes->at;
	size_t size = strnlen((const char *)at, bytes->left);

	if (size == bytes->left)
		return NULL;
	bytes->at += size + 1;
	bytes->left -= size + 1;
	return (const char *)at;
}

/* The strings of the system; .release is the first, and owns all of them. */
static int read_strings(struct reader *reader, struct bytes *bytes, __u32 words)
{
	struct vproc_system *system = &reader->recording->system;
	struct bytes strings = { .left = bytes->left };
	unsigned char *text = malloc(bytes->left + 1);
	__u32 i;

	if (!text)
		return -1;
	take(bytes, text, bytes->left);
	strings.at = text;
	system->release = (const char *)text;
	system->command = calloc(words + 1ul, sizeof(char *));
	if (!system->command)
		return -1;
	if (!take_string(&strings))
		return complain_block(reader, "a string is missing");
	system->machine = take_string(&strings);
	for (i = 0; i < words && system->machine; i++) {
		system->command[i] = (char *)take_string(&strings);
		if (!system->command[i])
			break;
	}
	if (!system->machine || i < words)
		return complain_block(reader, "a string is missing");
	return 0;
}

static int read_system(struct reader *reader, struct bytes *bytes)
{
	struct vproc_recording *recording = reader->recording;
	struct vproc_system *system = &recording->system;
	struct vproc_format_system head;

	if (system->release)
		return complain_block(reader, "the system is described again");
	if (bytes->left > VPROC_FORMAT_MAX_SYSTEM)
		return complain_block(reader, "the system's description is too long");
	if (!take(bytes, &head, sizeof(head)) || head.words > bytes->left)
		return complain_block(reader, "the system's description is too short");
	system->start = head.start;
	system->realtime = head.realtime;
	system->page_size = head.page_size;
	system->api_version = head.api_version;
	if (read_strings(reader, bytes, head.words))
		return -1;
	recording->session = vproc_session_new(system->release);
	return recording->session ? 0 : -1;
}

static int read_events(struct reader *reader, struct bytes *bytes,
		       struct vproc_history *history)
{
	struct vproc_event event;

	if (bytes->left % sizeof(event))
		return complain_block(reader, "a part of an event");
	while (take(bytes, &event, sizeof(event))) {
		if (!vproc_history_append(history, &event, 1))
			continue;
		if (errno != EPROTO)
			return -1;
		return complain(reader, "block %u, at byte %llu: an event with number %llu cannot be: %s",
				reader->number,
				(unsigned long long)reader->offset,
				(unsigned long long)event.seq,
				vproc_history_complaint(history));
	}
	return 0;
}

static int read_name(struct reader *reader, struct bytes *bytes,
		     struct vproc_history *history)
{
	struct vproc_format_name head;
	struct vproc_name name;

	if (!take(bytes, &head, sizeof(head)))
		return complain_block(reader, "a name's description is too short");
	name = (struct vproc_name){
		.id = head.id,
		.kind = head.kind,
		.dev_major = head.dev_major,
		.dev_minor = head.dev_minor,
		.inode = head.inode,
		.since = head.since,
		.text = take_string(bytes),
	};
	if (!name.text || name.id < VPROC_NAME_FIRST)
		return complain_block(reader, "a name that cannot be");
	name.build_id_size = bytes->left;
	if (bytes->left)
		name.build_id = bytes->at;
	return vproc_history_set_name(history, &name);
}

static struct vproc_check *add_check(struct reader *reader,
				     struct vproc_history *history, __u64 seq)
{
	struct vproc_recording *recording = reader->recording;
	size_t count = recording->nr_checks;
	struct vproc_check *checks = recording->checks;

	/* The room doubles when it is full, which is at powers of two. */
	if (!(count & (count - 1))) {
		checks = reallocarray(checks, count ? 2 * count : 1,
				      sizeof(*checks));
		if (!checks)
			return NULL;
		recording->checks = checks;
	}
	checks[count] = (struct vproc_check){
		.history = history,
		.seq = seq,
	};
	recording->nr_checks++;
	return &checks[count];
}

/* What is wrong with regions; NULL if nothing is. */
static const char *check_regions(const struct vproc_region *regions,
				 size_t count)
{
	__u64 end = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		if (regions[i].start < end || regions[i].end <= regions[i].start)
			return "regions that are not in order";
		if (regions[i].type == VPROC_TYPE_NONE ||
		    regions[i].type >= VPROC_NR_TYPES)
			return "a region of a type that is not known";
		end = regions[i].end;
	}
	return NULL;
}

static int read_regions(struct reader *reader, struct bytes *bytes,
			struct vproc_history *history)
{
	struct vproc_format_regions format;
	struct vproc_regions head = {};
	struct vproc_region *regions;
	struct vproc_check *check;
	const char *wrong;
	int ret;

	if (!take(bytes, &format, sizeof(format)) ||
	    bytes->left != format.count * sizeof(*regions))
		return complain_block(reader, "regions that are not as many as they should be");
	head.count = format.count;
	head.total = format.count;
	head.seq = format.seq;
	head.start_brk = format.start_brk;
	head.brk = format.brk;
	head.start_stack = format.start_stack;

	regions = malloc(bytes->left + 1);
	if (!regions)
		return -1;
	take(bytes, regions, bytes->left);
	wrong = check_regions(regions, head.count);
	if (wrong) {
		free(regions);
		return complain_block(reader, wrong);
	}
	ret = vproc_history_anchor(history, &head, regions);
	if (ret || !(format.flags & VPROC_FORMAT_CHECK)) {
		free(regions);
		return ret;
	}
	check = add_check(reader, history, format.seq);
	if (!check) {
		free(regions);
		return -1;
	}
	check->regions = regions;
	check->count = head.count;
	return 0;
}

static int read_text(struct reader *reader, struct bytes *bytes,
		     struct vproc_history *history)
{
	struct vproc_format_text head;
	struct vproc_check *check;
	char *text;

	if (!take(bytes, &head, sizeof(head)))
		return complain_block(reader, "a text without a number");
	text = malloc(bytes->left + 1);
	if (!text)
		return -1;
	check = add_check(reader, history, head.seq);
	if (!check) {
		free(text);
		return -1;
	}
	check->text = text;
	check->size = bytes->left;
	take(bytes, text, bytes->left);
	text[check->size] = '\0';
	return 0;
}

static int read_closing(struct reader *reader, struct bytes *bytes)
{
	struct vproc_recording *recording = reader->recording;

	if (!take(bytes, &recording->closing, sizeof(recording->closing)))
		return complain_block(reader, "the end is too short");
	recording->complete = true;
	return 0;
}

/* The history of a tracker, which begins with events. */
static struct vproc_history *
need_history(struct reader *reader, const struct vproc_format_record *record)
{
	struct vproc_session *session = reader->recording->session;
	struct vproc_history *history;

	if (record->type == VPROC_FORMAT_EVENTS && record->size)
		return vproc_session_add(session, record->id);
	history = vproc_session_find(session, record->id);
	if (!history)
		complain_block(reader, "a record of a tracker that has no event");
	return history;
}

static int read_record(struct reader *reader,
		       const struct vproc_format_record *record,
		       struct bytes *bytes)
{
	struct vproc_recording *recording = reader->recording;
	struct vproc_history *history;

	if (recording->complete)
		return complain_block(reader, "something comes after the end");
	if (record->type == VPROC_FORMAT_SYSTEM)
		return read_system(reader, bytes);
	if (!recording->session)
		return complain_block(reader, "the system is not described first");
	if (record->type == VPROC_FORMAT_CLOSING)
		return read_closing(reader, bytes);

	history = need_history(reader, record);
	if (!history)
		return -1;
	switch (record->type) {
	case VPROC_FORMAT_EVENTS:
		return read_events(reader, bytes, history);
	case VPROC_FORMAT_NAME:
		return read_name(reader, bytes, history);
	case VPROC_FORMAT_REGIONS:
		return read_regions(reader, bytes, history);
	case VPROC_FORMAT_TEXT:
		return read_text(reader, bytes, history);
	}
	return complain_block(reader, "a record of a type that is not known");
}

static int read_contents(struct reader *reader, const unsigned char *contents,
			 size_t size)
{
	struct bytes block = { contents, size };
	struct vproc_format_record record;

	while (block.left) {
		struct bytes bytes;
		size_t padded;

		if (!take(&block, &record, sizeof(record)))
			return complain_block(reader, "a part of a record");
		padded = (record.size + 7ul) & ~7ul;
		if (padded > block.left)
			return complain_block(reader, "a record that is longer than the block");
		bytes = (struct bytes){ block.at, record.size };
		if (read_record(reader, &record, &bytes))
			return -1;
		block.at += padded;
		block.left -= padded;
	}
	return 0;
}

/* The contents of a block, inflated, instead of @data, which is freed. */
static unsigned char *inflate_block(struct reader *reader,
				    const struct vproc_format_block *block,
				    unsigned char *data)
{
	uLongf size = block->contents;
	unsigned char *contents = malloc(size + 1);
	int ret = Z_MEM_ERROR;

	if (contents)
		ret = uncompress(contents, &size, data, block->size);
	free(data);
	if (ret == Z_OK && size == block->contents)
		return contents;
	free(contents);
	if (ret == Z_MEM_ERROR)
		errno = ENOMEM;
	else
		complain_block(reader, "its contents cannot be inflated");
	return NULL;
}

static int check_block(struct reader *reader,
		       const struct vproc_format_block *block)
{
	__u64 most = block->size;

	if (block->flags & VPROC_FORMAT_DEFLATED)
		most = most * MOST_DEFLATED + 64;
	if (block->magic != VPROC_FORMAT_BLOCK ||
	    block->crc != crc32(0, (const Bytef *)block,
				offsetof(struct vproc_format_block, crc)))
		return complain_block(reader, "its header is damaged");
	if (block->number != reader->number)
		return complain(reader, "block %u, at byte %llu: it has the number %u: a part of the file is missing",
				reader->number,
				(unsigned long long)reader->offset,
				block->number);
	if (block->flags & ~(__u32)VPROC_FORMAT_DEFLATED || block->reserved ||
	    block->size > VPROC_FORMAT_MAX_BLOCK ||
	    block->contents > VPROC_FORMAT_MAX_BLOCK || block->contents > most ||
	    (!(block->flags & VPROC_FORMAT_DEFLATED) &&
	     block->contents != block->size))
		return complain_block(reader, "its header cannot be");
	return 0;
}

/* Reads as much as there is; -1 and errno after an error. */
static ssize_t get(struct reader *reader, void *to, size_t size)
{
	size_t got = fread(to, 1, size, reader->file);

	return got < size && ferror(reader->file) ? -1 : (ssize_t)got;
}

/* What follows the header of a block, as it is; NULL and @reader->torn. */
static unsigned char *get_data(struct reader *reader, size_t size)
{
	size_t room = 0, used = 0;
	unsigned char *data = NULL, *more;
	ssize_t got;

	/* The size may be wrong: do not believe it before the bytes are there. */
	while (used < size || !data) {
		room = size - used < (1u << 20) ? size : used + (1u << 20);
		more = realloc(data, room + 1);
		if (!more)
			goto fail;
		data = more;
		got = get(reader, data + used, room - used);
		if (got < 0)
			goto fail;
		used += got;
		if (used < room) {
			reader->torn = true;
			goto fail;
		}
	}
	return data;
fail:
	free(data);
	return NULL;
}

/* Returns 1; 0 at the end of the file; -1. */
static int read_block(struct reader *reader)
{
	struct vproc_format_block block;
	ssize_t got = get(reader, &block, sizeof(block));
	unsigned char *data;
	int ret;

	if (got < 0)
		return -1;
	reader->torn = got && got < (ssize_t)sizeof(block);
	if (!got || reader->torn)
		return 0;
	if (check_block(reader, &block))
		return -1;
	data = get_data(reader, block.size);
	if (!data)
		return reader->torn ? 0 : -1;
	if (block.contents_crc != crc32(0, data, block.size)) {
		free(data);
		return complain_block(reader, "its contents are damaged");
	}
	if (block.flags & VPROC_FORMAT_DEFLATED)
		data = inflate_block(reader, &block, data);
	if (!data)
		return -1;
	ret = read_contents(reader, data, block.contents);
	free(data);
	reader->offset += sizeof(block) + block.size;
	reader->number++;
	return ret ? ret : 1;
}

static int read_all(struct reader *reader)
{
	struct vproc_format_head head;
	ssize_t got = get(reader, &head, sizeof(head));
	int ret;

	if (got < 0)
		return -1;
	if (check_head(reader, &head, got))
		return -1;
	reader->offset = sizeof(head);
	do {
		ret = read_block(reader);
	} while (ret > 0);
	if (ret)
		return ret;
	if (!reader->recording->session)
		return complain(reader, "it ends before its first block does");
	if (reader->recording->complete && reader->torn)
		return complain_block(reader, "something comes after the end");
	return 0;
}

struct vproc_recording *vproc_recording_load(const char *path,
					     unsigned int flags,
					     char **complaint)
{
	struct reader reader = { .file = fopen(path, "re") };
	int ret, error;

	*complaint = NULL;
	if (!reader.file)
		return NULL;
	reader.recording = calloc(1, sizeof(*reader.recording));
	ret = reader.recording ? read_all(&reader) : -1;
	error = errno;
	fclose(reader.file);
	if (ret && reader.complaint && reader.recording->session &&
	    flags & VPROC_RECORDING_DAMAGED) {
		reader.recording->damage = reader.complaint;
		ret = 0;
	}
	if (!ret)
		return reader.recording;
	vproc_recording_free(reader.recording);
	*complaint = reader.complaint;
	errno = error;
	return NULL;
}

void vproc_recording_free(struct vproc_recording *recording)
{
	size_t i;

	if (!recording)
		return;
	for (i = 0; i < recording->nr_checks; i++) {
		free(recording->checks[i].text);
		free(recording->checks[i].regions);
	}
	free(recording->checks);
	free(recording->system.command);
	free((char *)recording->system.release);
	free(recording->damage);
	vproc_session_free(recording->session);
	free(recording);
}

bool vproc_recording_is(const char *path)
{
	char magic[sizeof(VPROC_FORMAT_MAGIC) - 1];
	FILE *file = fopen(path, "re");
	bool is;

	if (!file)
		return false;
	is = fread(magic, sizeof(magic), 1, file) == 1 &&
	     !memcmp(magic, VPROC_FORMAT_MAGIC, sizeof(magic));
	fclose(file);
	return is;
}
