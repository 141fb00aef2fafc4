// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a recording: records are gathered in a buffer, and a full buffer is
 * deflated and goes out as one block.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "format.h"
#include "vproc.h"

/* A block is written once its contents are of this size. */
#define BLOCK_SIZE	262144

/* More events than this do not go into one record. */
#define RECORD_EVENTS	1024

/**
 * struct vproc_writer - a recording under way
 * @fd: the file
 * @error: an errno, once there was an error
 * @number: of the next block
 * @bytes: written
 * @buffer: records that wait
 * @used: how many bytes
 * @room: how many there is room for
 * @open: where in @buffer the last record is, if more events can be added to it
 * @is_open: they can
 */
struct vproc_writer {
	int fd;
	int error;
	__u32 number;
	__u64 bytes;
	unsigned char *buffer;
	size_t used;
	size_t room;
	size_t open;
	bool is_open;
};

static int fail(struct vproc_writer *writer, int error)
{
	if (!writer->error)
		writer->error = error;
	errno = writer->error;
	return -1;
}

static int put(struct vproc_writer *writer, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		ssize_t written = write(writer->fd, from, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return fail(writer, errno);
		from += written;
		size -= written;
		writer->bytes += written;
	}
	return 0;
}

static int put_head(struct vproc_writer *writer)
{
	struct vproc_format_head head = {
		.magic = { 'v', 'p', 'r', 'o', 'c', 'r', 'e', 'c' },
		.order = VPROC_FORMAT_ORDER,
		.version = VPROC_FORMAT_VERSION,
		.size = sizeof(head),
		.event_size = sizeof(struct vproc_event),
		.region_size = sizeof(struct vproc_region),
	};

	head.crc = crc32(0, (const Bytef *)&head,
			 offsetof(struct vproc_format_head, crc));
	return put(writer, &head, sizeof(head));
}

/*
 * Header and contents in one write, so that a reader of a recording that is
 * under way seldom sees a part of a block.
 */
static int put_block(struct vproc_writer *writer, unsigned char *data,
		     size_t size, size_t contents, __u32 flags)
{
	struct vproc_format_block block = {
		.magic = VPROC_FORMAT_BLOCK,
		.number = writer->number++,
		.flags = flags,
		.size = size,
		.contents = contents,
	};

	block.contents_crc = crc32(0, data + sizeof(block), size);
	block.crc = crc32(0, (const Bytef *)&block,
			  offsetof(struct vproc_format_block, crc));
	memcpy(data, &block, sizeof(block));
	return put(writer, data, sizeof(block) + size);
}

int vproc_writer_flush(struct vproc_writer *writer)
{
	const size_t head = sizeof(struct vproc_format_block);
	uLongf size = compressBound(writer->used);
	unsigned char *data;
	__u32 flags = VPROC_FORMAT_DEFLATED;
	int ret;

	if (writer->error)
		return fail(writer, writer->error);
	if (!writer->used)
		return 0;
	data = malloc(head + size);
	if (!data)
		return fail(writer, ENOMEM);
	ret = compress2(data + head, &size, writer->buffer, writer->used,
			Z_BEST_SPEED);
	if (ret != Z_OK) {
		ret = fail(writer, ENOMEM);
	} else {
		if (size >= writer->used) {
			memcpy(data + head, writer->buffer, writer->used);
			size = writer->used;
			flags = 0;
		}
		ret = put_block(writer, data, size, writer->used, flags);
	}
	writer->used = 0;
	writer->is_open = false;
	free(data);
	return ret;
}

static int make_room(struct vproc_writer *writer, size_t size)
{
	size_t room = writer->used + size;
	unsigned char *buffer;

	if (writer->room >= room)
		return 0;
	if (room < BLOCK_SIZE)
		room = BLOCK_SIZE;
	buffer = realloc(writer->buffer, room);
	if (!buffer)
		return fail(writer, ENOMEM);
	writer->buffer = buffer;
	writer->room = room;
	return 0;
}

static void append(struct vproc_writer *writer, const void *data, size_t size)
{
	memcpy(writer->buffer + writer->used, data, size);
	writer->used += size;
}

/* A record of two parts, either of which may be empty. */
static int put_record(struct vproc_writer *writer, __u32 type, __u64 id,
		      const void *first, size_t first_size, const void *second,
		      size_t second_size)
{
	const size_t size = first_size + second_size;
	const struct vproc_format_record record = {
		.type = type,
		.size = size,
		.id = id,
	};
	static const char zeros[8];

	if (writer->error)
		return fail(writer, writer->error);
	if (size > VPROC_FORMAT_MAX_BLOCK / 2)
		return fail(writer, EFBIG);
	if (make_room(writer, sizeof(record) + size + sizeof(zeros)))
		return -1;
	writer->open = writer->used;
	writer->is_open = type == VPROC_FORMAT_EVENTS;
	append(writer, &record, sizeof(record));
	if (first_size)
		append(writer, first, first_size);
	if (second_size)
		append(writer, second, second_size);
	append(writer, zeros, -size % sizeof(zeros));
	return writer->used < BLOCK_SIZE ? 0 : vproc_writer_flush(writer);
}

/* Strings, one after the other. */
struct strings {
	char *text;
	size_t size;
};

static int add_string(struct strings *strings, const char *string)
{
	size_t size = strlen(string) + 1;
	char *text = realloc(strings->text, strings->size + size);

	if (!text)
		return -1;
	memcpy(text + strings->size, string, size);
	strings->text = text;
	strings->size += size;
	return 0;
}

static int put_system(struct vproc_writer *writer,
		      const struct vproc_system *system)
{
	struct vproc_format_system head = {
		.start = system->start,
		.realtime = system->realtime,
		.page_size = system->page_size,
		.api_version = system->api_version,
	};
	struct strings strings = {};
	int ret = -1;

	if (add_string(&strings, system->release) ||
	    add_string(&strings, system->machine))
		goto out;
	while (system->command && system->command[head.words]) {
		if (add_string(&strings, system->command[head.words++]))
			goto out;
	}
	if (sizeof(head) + strings.size > VPROC_FORMAT_MAX_SYSTEM)
		ret = fail(writer, EFBIG);
	else
		ret = put_record(writer, VPROC_FORMAT_SYSTEM, 0, &head,
				 sizeof(head), strings.text, strings.size);
out:
	free(strings.text);
	return ret;
}

struct vproc_writer *vproc_writer_new(int fd, const struct vproc_system *system)
{
	struct vproc_writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return NULL;
	writer->fd = fd;
	if (!put_head(writer) && !put_system(writer, system) &&
	    !vproc_writer_flush(writer))
		return writer;
	vproc_writer_free(writer);
	return NULL;
}

void vproc_writer_free(struct vproc_writer *writer)
{
	int error = errno;

	if (writer)
		free(writer->buffer);
	free(writer);
	errno = error;
}

/* Adds an event to the last record, if that is of the same tracker. */
static bool extend_record(struct vproc_writer *writer, __u64 id,
			  const struct vproc_event *event)
{
	struct vproc_format_record record;

	if (writer->error || !writer->is_open)
		return false;
	memcpy(&record, writer->buffer + writer->open, sizeof(record));
	if (record.id != id || record.size >= RECORD_EVENTS * sizeof(*event) ||
	    make_room(writer, sizeof(*event)))
		return false;
	record.size += sizeof(*event);
	memcpy(writer->buffer + writer->open, &record, sizeof(record));
	append(writer, event, sizeof(*event));
	return true;
}

int vproc_writer_events(struct vproc_writer *writer, __u64 id,
			const struct vproc_event *events, size_t count)
{
	if (count == 1 && extend_record(writer, id, events))
		return 0;
	while (count) {
		size_t part = count < RECORD_EVENTS ? count : RECORD_EVENTS;

		if (put_record(writer, VPROC_FORMAT_EVENTS, id, events,
			       part * sizeof(*events), NULL, 0))
			return -1;
		events += part;
		count -= part;
	}
	return 0;
}

int vproc_writer_name(struct vproc_writer *writer, __u64 id,
		      const struct vproc_name *name)
{
	const struct vproc_format_name head = {
		.id = name->id,
		.kind = name->kind,
		.dev_major = name->dev_major,
		.dev_minor = name->dev_minor,
		.inode = name->inode,
		.since = name->since,
	};

	const size_t size = strlen(name->text) + 1;
	char *text;
	int ret;

	if (!name->build_id_size)
		return put_record(writer, VPROC_FORMAT_NAME, id, &head,
				  sizeof(head), name->text, size);
	text = malloc(size + name->build_id_size);
	if (!text)
		return fail(writer, ENOMEM);
	memcpy(text, name->text, size);
	memcpy(text + size, name->build_id, name->build_id_size);
	ret = put_record(writer, VPROC_FORMAT_NAME, id, &head, sizeof(head),
			 text, size + name->build_id_size);
	free(text);
	return ret;
}

int vproc_writer_regions(struct vproc_writer *writer, __u64 id,
			 const struct vproc_regions *head,
			 const struct vproc_region *regions, bool check)
{
	const struct vproc_format_regions format = {
		.flags = check ? VPROC_FORMAT_CHECK : 0,
		.count = head->count,
		.seq = head->seq,
		.start_brk = head->start_brk,
		.brk = head->brk,
		.start_stack = head->start_stack,
	};

	return put_record(writer, VPROC_FORMAT_REGIONS, id, &format,
			  sizeof(format), regions,
			  head->count * sizeof(*regions));
}

int vproc_writer_text(struct vproc_writer *writer, __u64 id, __u64 seq,
		      const char *text, size_t size)
{
	const struct vproc_format_text head = { .seq = seq };

	return put_record(writer, VPROC_FORMAT_TEXT, id, &head, sizeof(head),
			  text, size);
}

int vproc_writer_end(struct vproc_writer *writer,
		     const struct vproc_closing *closing)
{
	if (put_record(writer, VPROC_FORMAT_CLOSING, 0, closing,
		       sizeof(*closing), NULL, 0))
		return -1;
	return vproc_writer_flush(writer);
}

__u64 vproc_writer_bytes(const struct vproc_writer *writer)
{
	return writer->bytes;
}
