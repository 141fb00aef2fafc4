/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that vproc picture writes: draws the regions on a canvas, and lets one
 * zoom, search and point at them. Documentation/picture.rst tells how to use it.
 */
'use strict';

(() => {

const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);

/* What is read from the data. */

/* Numbers of seven bits a byte, the lowest first; all but the last byte have 128. */
function decode(text) {
	const bytes = atob(text);
	const values = new Float64Array(bytes.length);
	let count = 0, value = 0, unit = 1;

	for (let i = 0; i < bytes.length; i++) {
		const byte = bytes.charCodeAt(i);

		value += (byte & 127) * unit;
		unit *= 128;
		if (byte < 128) {
			values[count++] = value;
			value = 0;
			unit = 1;
		}
	}
	return values.subarray(0, count);
}

/* 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
function signed(value) {
	return value % 2 ? -(value + 1) / 2 : value / 2;
}

/* Each value is the one before it and what is told. */
function sums(values, change) {
	let sum = 0;

	return values.map((value) => sum += change ? change(value) : value);
}

function readAxis(axis) {
	const page = data.page;

	return {
		addrs: sums(decode(axis.addrs)).map((value) => value * page),
		ys: sums(decode(axis.ys)).map((value) => value / axis.unit),
		groups: axis.groups.map((group) => ({
			start: group.start * page,
			end: group.end * page,
			label: group.label,
		})),
	};
}

const events = {
	times: sums(decode(data.events.times), signed),
	seqs: sums(decode(data.events.seqs)),
	actors: decode(data.events.actors),
};
const actors = decode(data.actors);
const attributes = decode(data.attributes);
const axes = data.images.map((image) => readAxis(image.axis));
const spells = readSpells(data.spells);
const count = spells.start.length;

function readSpells(columns) {
	const set = sums(decode(columns.set), signed);
	const from = sums(decode(columns.from), signed);
	const fromSeq = sums(decode(columns.from_seq));
	const start = sums(decode(columns.start), signed);
	const image = sums(decode(columns.image));
	const length = set.length;
	const add = (base, lengths) => lengths.map((value, i) =>
						   base[i] + value);
	/* An event, told by how far it is from .set; 0: there is none. */
	const related = (values, sign) => Int32Array.from(values, (value, i) =>
		value ? set[i] + sign * (value - 1) - 1 : -1);
	const read = {
		set: set.map((value) => value - 1),
		mapped: related(decode(columns.mapped), -1),
		end: related(decode(columns.end), 1),
		from, fromSeq, image,
		to: add(from, decode(columns.duration)),
		toSeq: add(fromSeq, decode(columns.moments)),
		start: start.map((value) => value * data.page),
		attribute: decode(columns.attribute),
		how: decode(columns.how),
		low: new Float32Array(length),
		high: new Float32Array(length),
	};

	read.stop = add(read.start, decode(columns.pages)
				    .map((value) => value * data.page));
	read.kind = Uint8Array.from(read.attribute,
				    (value) => attributes[4 * value]);
	for (let i = 0; i < length; i++) {
		read.low[i] = yOf(axes[image[i]], read.start[i]);
		read.high[i] = yOf(axes[image[i]], read.stop[i]);
	}
	return read;
}

const typeOf = (i) => data.types[attributes[4 * spells.attribute[i] + 1]];
const permOf = (i) => attributes[4 * spells.attribute[i] + 2];
const nameAt = (i) => attributes[4 * spells.attribute[i] + 3];
const nameOf = (i) => data.names[nameAt(i)];

/* The first place in an order that is not below a value. */
function find(values, value) {
	let low = 0, high = values.length;

	while (low < high) {
		const middle = (low + high) >> 1;

		if (values[middle] >= value)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* From one order to another that goes with it. */
function translate(from, to, value) {
	const at = find(from, value);

	if (at >= from.length)
		return to[to.length - 1];
	if (!at || from[at] === value)
		return to[at];
	return to[at - 1] + (to[at] - to[at - 1]) * (value - from[at - 1]) /
			    (from[at] - from[at - 1]);
}

/* Addresses, and where they are: 0 at the bottom, 1 at the top. */
function yOf(axis, addr) {
	return translate(axis.addrs, axis.ys, addr);
}

function addrOf(axis, y) {
	return translate(axis.ys, axis.addrs, y);
}

/* Text */

const hex = (addr) => addr.toString(16);

function sizeText(size) {
	const units = ['', 'K', 'M', 'G', 'T', 'P'];
	let unit = 0;

	for (; size >= 1023.5 && unit < units.length - 1; unit++)
		size /= 1024;
	return (unit && size < 9.95 ? size.toFixed(1) : size.toFixed(0)) +
	       units[unit];
}

function permText(perm) {
	return (perm & 1 ? 'r' : '-') + (perm & 2 ? 'w' : '-') +
	       (perm & 4 ? 'x' : '-') + (perm & 8 ? 's' : 'p');
}

/* A time is counted from the left of the whole picture. */
const seconds = (time) => data.start + time / 1e9;

function eventText(what, event) {
	const actor = 2 * events.actors[event];

	return `${what} ${seconds(events.times[event]).toFixed(6)} s, ` +
	       `@${events.seqs[event]}, by thread ${actors[actor]}, ` +
	       data.causes[actors[actor + 1]];
}

function endText(i) {
	const event = spells.end[i];

	if (event < 0)
		return 'still there when the recording ended';
	return eventText(data.ends[spells.how[i]], event);
}

function describe(i) {
	const lines = [
		`${permText(permOf(i))} ` +
		`${sizeText(spells.stop[i] - spells.start[i])} ${typeOf(i)}`,
	];

	if (nameOf(i))
		lines.push(nameOf(i));
	if (spells.mapped[i] < 0)
		lines.push('mapped when events were lost');
	else
		lines.push(eventText('mapped', spells.mapped[i]));
	if (spells.set[i] >= 0 && spells.set[i] !== spells.mapped[i])
		lines.push(eventText('so since', spells.set[i]));
	lines.push(endText(i));
	return lines;
}

/* What is shown */

const LEFT = 166, RIGHT = 24, TOP = 22, BOTTOM = 76;
const BARS = 34;

const stage = byId('stage');
const picture = byId('picture');
const marks = byId('marks');
const tip = byId('tip');
const context = picture.getContext('2d', { alpha: false });
const overlay = marks.getContext('2d');

const shown = new Array(data.kinds.length).fill(true);
let byEvents = data.by_events;
let whole = null;		/* what there is: x0, x1, and y0, y1 */
let view = null;		/* the part that is shown */
let plot = null;		/* where, in pixels of CSS */
let colours = null;
let pointer = null;		/* the mouse, in the stage */
let hovered = -1;
let wanted = null;		/* spells that are searched for; null: all */
let wantedAddr = -1;

const lows = () => byEvents ? spells.fromSeq : spells.from;
const highs = () => byEvents ? spells.toSeq : spells.to;

const xOf = (value) => plot.left +
	(value - view.x0) / (view.x1 - view.x0) * plot.width;
const pixelOf = (y) => plot.top +
	(view.y1 - y) / (view.y1 - view.y0) * plot.height;
const valueAt = (x) => view.x0 +
	(x - plot.left) / plot.width * (view.x1 - view.x0);
const yAt = (pixel) => view.y1 -
	(pixel - plot.top) / plot.height * (view.y1 - view.y0);

const imageFrom = (image) => byEvents ? image.from_seq : image.from;
const imageTo = (image) => byEvents ? image.to_seq : image.to;

function findWhole() {
	const limits = byEvents ? data.seqs : data.times;

	whole = {
		x0: limits[0],
		x1: Math.max(limits[1], limits[0] + 1),
		y0: 0,
		y1: 1,
	};
	view = { ...whole };
}

/* The image at a place across; the one nearest to it if there is none. */
function imageAt(value) {
	let i = 0;

	while (i < data.images.length - 1 && imageTo(data.images[i]) <= value)
		i++;
	return i;
}

/* Whose addresses are at the left: those of the mouse, else of most of it. */
function focusedImage() {
	let best = 0, most = -1;

	if (pointer && pointer.x >= plot.left)
		return imageAt(valueAt(pointer.x));
	data.images.forEach((image, i) => {
		const width = Math.min(imageTo(image), view.x1) -
			      Math.max(imageFrom(image), view.x0);

		if (width > most) {
			most = width;
			best = i;
		}
	});
	return best;
}

function parseColour(text) {
	const canvas = document.createElement('canvas');
	const paint = canvas.getContext('2d');

	canvas.width = canvas.height = 1;
	paint.fillStyle = text;
	paint.fillRect(0, 0, 1, 1);
	return paint.getImageData(0, 0, 1, 1).data;
}

function readColours() {
	const style = getComputedStyle(document.documentElement);
	const read = (name) => style.getPropertyValue('--' + name).trim();

	colours = {};
	for (const name of ['ground', 'panel', 'text', 'muted', 'line', 'edge',
			    'mark'])
		colours[name] = read(name);
	colours.kinds = data.kinds.map((kind) => parseColour(read(kind.key)));
	colours.inks = data.kinds.map((kind) => read(kind.key + '-ink'));
	colours.back = parseColour(colours.panel);
}

/*
 * The regions are drawn by what each takes of each pixel, however small it is.
 * So many corners: each rectangle adds its values at one corner and takes them
 * away at the others, and summing up, to the right and down, fills it. Numbers
 * are whole, 64 by 64 parts of a pixel, so that the sums are exact.
 *
 * Two rectangles are added for each spell. One is as large as it is, and tells how
 * much of a pixel is covered. The other, at least as large as can be seen, tells
 * the colour, and that there is something at all: a pixel that anything touches
 * is covered by a quarter.
 */
const PART = 64;
const FULL = PART * PART;
const MIN_WIDTH = 0.3, MIN_HEIGHT = 0.3;
const CHANNELS = 5;		/* red, green, blue, touched, covered */
let corners = new Int32Array(0);

function addCorner(stride, x, y, sign, colour, touched, covered) {
	const fx = x & (PART - 1), fy = y & (PART - 1);
	let at = ((y >> 6) * stride + (x >> 6)) * CHANNELS;

	for (let row = 0; row < 2; row++) {
		const wy = sign * (row ? fy : PART - fy);

		for (let column = 0; column < 2; column++, at += CHANNELS) {
			const weight = wy * (column ? fx : PART - fx);

			if (touched) {
				corners[at] += weight * colour[0];
				corners[at + 1] += weight * colour[1];
				corners[at + 2] += weight * colour[2];
				corners[at + 3] += weight;
			}
			if (covered)
				corners[at + 4] += weight;
		}
		at += (stride - 2) * CHANNELS;
	}
}

function addRectangle(stride, box, colour, touched, covered) {
	const x0 = box.left * PART | 0, x1 = box.right * PART | 0;
	const y0 = box.top * PART | 0, y1 = box.bottom * PART | 0;

	addCorner(stride, x0, y0, 1, colour, touched, covered);
	addCorner(stride, x1, y0, -1, colour, touched, covered);
	addCorner(stride, x0, y1, -1, colour, touched, covered);
	addCorner(stride, x1, y1, 1, colour, touched, covered);
}

function addSpell(stride, box, colour) {
	const wide = box.right - box.left >= MIN_WIDTH;
	const high = box.bottom - box.top >= MIN_HEIGHT;

	addRectangle(stride, box, colour, wide && high, true);
	if (wide && high)
		return;
	if (!wide)
		box.right = box.left + MIN_WIDTH;
	if (!high)
		box.bottom = box.top + MIN_HEIGHT;
	addRectangle(stride, box, colour, true, false);
}

/* Sums up the row from @at on, and the one above it. */
function sumRow(at, width, above) {
	const sums = new Int32Array(CHANNELS);

	for (let x = 0; x < width; x++) {
		for (let i = 0; i < CHANNELS; i++, at++) {
			sums[i] += corners[at];
			corners[at] = sums[i] +
				      (above ? corners[at - above] : 0);
		}
	}
}

function colourRow(pixels, to, at, width) {
	const back = colours.back;

	for (let x = 0; x < width; x++, at += CHANNELS, to += 4) {
		const touched = corners[at + 3];
		const covered = Math.min(FULL, Math.max(corners[at + 4],
			Math.min(touched, FULL / 4))) / FULL;
		const scale = touched > 0 ? covered / touched : 0;
		const rest = touched > 0 ? 1 - covered : 1;

		pixels[to] = corners[at] * scale + back[0] * rest;
		pixels[to + 1] = corners[at + 1] * scale + back[1] * rest;
		pixels[to + 2] = corners[at + 2] * scale + back[2] * rest;
		pixels[to + 3] = 255;
	}
}

/* Fades what is not searched for. */
function fade(colour) {
	return [0, 1, 2].map((i) => colour[i] * 0.18 + colours.back[i] * 0.82);
}

/* Draws all spells; returns those that are large enough for more. */
function drawSpells(ratio) {
	const width = Math.round(plot.width * ratio);
	const height = Math.round(plot.height * ratio);
	const stride = width + 3;
	const from = lows(), to = highs();
	const kx = width / (view.x1 - view.x0);
	const ky = height / (view.y1 - view.y0);
	const faded = colours.kinds.map(fade);
	const large = [];

	if (corners.length < stride * (height + 3) * CHANNELS)
		corners = new Int32Array(stride * (height + 3) * CHANNELS);
	else
		corners.fill(0);
	for (let i = 0; i < count; i++) {
		const kind = spells.kind[i];

		if (!shown[kind] || to[i] <= view.x0 || from[i] >= view.x1 ||
		    spells.high[i] <= view.y0 || spells.low[i] >= view.y1)
			continue;
		const box = {
			left: Math.max(0, (from[i] - view.x0) * kx),
			right: Math.min(width, (to[i] - view.x0) * kx),
			top: Math.max(0, (view.y1 - spells.high[i]) * ky),
			bottom: Math.min(height, (view.y1 - spells.low[i]) * ky),
		};

		if (box.right - box.left >= 4 * ratio &&
		    box.bottom - box.top >= 3 * ratio)
			large.push({
				spell: i,
				left: plot.left + box.left / ratio,
				right: plot.left + box.right / ratio,
				top: plot.top + box.top / ratio,
				bottom: plot.top + box.bottom / ratio,
			});
		addSpell(stride, box, !wanted || wanted[i] ?
			 colours.kinds[kind] : faded[kind]);
	}
	const image = context.createImageData(width, height);

	for (let y = 0; y < height; y++) {
		const at = y * stride * CHANNELS;

		sumRow(at, width, y ? stride * CHANNELS : 0);
		colourRow(image.data, y * width * 4, at, width);
	}
	context.putImageData(image, Math.round(plot.left * ratio),
			     Math.round(plot.top * ratio));
	return large;
}

/* What is drawn over and around the regions */

function clipToPlot() {
	context.save();
	context.beginPath();
	context.rect(plot.left, plot.top, plot.width, plot.height);
	context.clip();
}

function drawEdges(large) {
	context.strokeStyle = colours.edge;
	context.lineWidth = 0.7;
	context.beginPath();
	for (const box of large) {
		context.moveTo(box.left, box.bottom);
		context.lineTo(box.right, box.bottom);
	}
	context.stroke();
}

function drawHoles() {
	data.images.forEach((image, i) => {
		const left = Math.max(plot.left, xOf(imageFrom(image)));
		const right = Math.min(plot.left + plot.width,
				       xOf(imageTo(image)));
		const groups = axes[i].groups;

		for (let j = 1; right > left && j < groups.length; j++) {
			const top = pixelOf(yOf(axes[i], groups[j].start));
			const bottom = pixelOf(yOf(axes[i],
						   groups[j - 1].end));

			context.fillStyle = colours.ground;
			context.fillRect(left, top, right - left, bottom - top);
			context.strokeStyle = colours.line;
			context.lineWidth = 1;
			context.setLineDash([1, 3]);
			context.beginPath();
			context.moveTo(left, (top + bottom) / 2);
			context.lineTo(right, (top + bottom) / 2);
			context.stroke();
			context.setLineDash([]);
		}
	});
}

function drawGaps() {
	if (byEvents)
		return;
	for (const gap of data.gaps) {
		const left = xOf(gap.from);
		const right = Math.max(xOf(gap.to), left + 2);

		context.fillStyle = colours.line;
		context.globalAlpha = 0.35;
		for (let x = left; x < right; x += 5)
			context.fillRect(x, plot.top, 2, plot.height);
		context.globalAlpha = 1;
	}
}

/* Text that is cut where there is no room. */
function fit(text, width) {
	if (context.measureText(text).width <= width)
		return text;
	let low = 0, high = text.length;

	while (low < high) {
		const middle = (low + high + 1) >> 1;

		if (context.measureText(text.slice(0, middle) + '\u2026').width
		    <= width)
			low = middle;
		else
			high = middle - 1;
	}
	return low > 1 ? text.slice(0, low) + '\u2026' : '';
}

const baseName = (name) => name.slice(name.lastIndexOf('/') + 1) || name;

/* All boxes of a name, where they are as many as one label is for. */
function gatherNames(large) {
	const names = new Map();

	for (const box of large) {
		if (!nameOf(box.spell))
			continue;
		const key = spells.image[box.spell] + ' ' + nameOf(box.spell);
		const area = (box.right - box.left) * (box.bottom - box.top);
		const entry = names.get(key);

		if (!entry) {
			names.set(key, { box, area, top: box.top,
					 bottom: box.bottom });
			continue;
		}
		if (area > entry.area) {
			entry.area = area;
			entry.box = box;
		}
		entry.top = Math.min(entry.top, box.top);
		entry.bottom = Math.max(entry.bottom, box.bottom);
	}
	return names;
}

function drawLabels(large) {
	const font = (size) => `${size}px system-ui, 'DejaVu Sans', sans-serif`;

	context.textAlign = 'left';
	context.textBaseline = 'middle';
	for (const { box, top, bottom } of gatherNames(large).values()) {
		const height = box.bottom - box.top;
		const over = height < 8 && bottom - top >= 9 &&
			     bottom - top < 60;

		if (box.right - box.left < 34 || (height < 8 && !over))
			continue;
		context.font = font(height >= 11 || over ? 10.5 : 8.5);
		const text = fit(baseName(nameOf(box.spell)),
				 box.right - box.left - 8);
		const y = (over ? top + bottom : box.top + box.bottom) / 2;

		if (over) {
			context.strokeStyle = colours.ground;
			context.lineWidth = 2.5;
			context.lineJoin = 'round';
			context.strokeText(text, box.left + 4, y + 0.5);
			context.fillStyle = colours.text;
		} else {
			context.fillStyle = wanted && !wanted[box.spell] ?
				colours.muted :
				colours.inks[spells.kind[box.spell]];
		}
		context.fillText(text, box.left + 4, y + 0.5);
	}
}

function drawImages() {
	let last = -1;

	context.textBaseline = 'alphabetic';
	context.textAlign = 'left';
	data.images.forEach((image, i) => {
		const left = Math.max(plot.left, xOf(imageFrom(image)));
		const right = Math.min(plot.left + plot.width,
				       xOf(imageTo(image)));

		if (right < plot.left || left > plot.left + plot.width)
			return;
		if (i && left > plot.left) {
			context.fillStyle = colours.mark;
			context.fillRect(left - 1, plot.top - 16, 2,
					 plot.height + 16);
		}
		if (left < last)
			return;
		context.font = "600 11px system-ui, 'DejaVu Sans', sans-serif";
		context.fillStyle = colours.text;
		context.fillText(fit(image.program, right - left - 8),
				 left + (i ? 4 : 0), plot.top - 7);
		last = right;
	});
}

/* Returns its label; a low group that is as @before has none. */
function drawGroup(axis, group, before) {
	const low = Math.min(pixelOf(yOf(axis, group.start)),
			     plot.top + plot.height);
	const high = Math.max(pixelOf(yOf(axis, group.end)), plot.top);
	const words = group.label.split(', ');

	if (low <= high)
		return '';
	context.fillStyle = colours.line;
	context.fillRect(plot.left - 83, high, 1, low - high);
	if (low - high < (before === group.label ? 24 : 9))
		return group.label;
	if (low - high < 12 * words.length)
		words.length = 1;
	context.fillStyle = colours.text;
	context.font = "600 10.5px system-ui, 'DejaVu Sans', sans-serif";
	words.forEach((word, i) => {
		context.fillText(fit(word, plot.left - 90), plot.left - 88,
				 (low + high) / 2 + 12 * i -
				 6 * (words.length - 1));
	});
	return group.label;
}

/* Some of the addresses at which something begins or ends. */
function drawTicks(axis, group, last) {
	const first = find(axis.addrs, group.start);
	const end = pixelOf(yOf(axis, group.end));

	context.font = "10px ui-monospace, 'DejaVu Sans Mono', monospace";
	for (let i = first; i < axis.addrs.length; i++) {
		const addr = axis.addrs[i], y = pixelOf(axis.ys[i]);
		const edge = addr === group.start || addr === group.end;

		if (addr > group.end || y < plot.top - 1)
			break;
		if (y > plot.top + plot.height + 1 ||
		    last - y < (edge ? 12 : 40) || (!edge && y - end < 12))
			continue;
		context.fillStyle = colours.line;
		context.fillRect(plot.left - 4, y, 4, 1);
		context.fillStyle = colours.text;
		context.fillText(hex(addr), plot.left - 7, y);
		last = y;
	}
	return last;
}

function drawAddresses() {
	const axis = axes[focusedImage()];
	let last = Infinity, label = '';

	context.fillStyle = colours.ground;
	context.fillRect(0, 0, plot.left, plot.top + plot.height + 6);
	context.textAlign = 'right';
	context.textBaseline = 'middle';
	for (const group of axis.groups) {
		label = drawGroup(axis, group, label);
		last = drawTicks(axis, group, last);
	}
}

function roundStep(least) {
	const power = 10 ** Math.floor(Math.log10(least));

	for (const factor of [1, 2, 5])
		if (least <= factor * power)
			return factor * power;
	return 10 * power;
}

function acrossText(value, step) {
	if (byEvents)
		return '@' + Math.round(value);
	const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));

	return seconds(value).toFixed(Math.min(digits, 9)) + ' s';
}

function drawTimes() {
	const unit = byEvents ? 1 : 1e9;
	const offset = byEvents ? 0 : data.start;
	const least = (view.x1 - view.x0) / plot.width * 100 / unit;
	const step = Math.max(roundStep(least), byEvents ? 1 : 1e-9);
	const bottom = plot.top + plot.height + BARS + 12;
	let tick = Math.ceil((view.x0 / unit + offset) / step - 1e-9);

	context.textAlign = 'center';
	context.textBaseline = 'alphabetic';
	context.font = "10.5px system-ui, 'DejaVu Sans', sans-serif";
	for (;; tick++) {
		const value = (tick * step - offset) * unit;
		const x = xOf(value);

		if (value > view.x1)
			break;
		context.fillStyle = colours.line;
		context.globalAlpha = 0.35;
		context.fillRect(x, plot.top, 1, bottom - plot.top + 4);
		context.globalAlpha = 1;
		context.fillStyle = colours.text;
		const text = acrossText(value, step);
		const half = context.measureText(text).width / 2;

		context.fillText(text, Math.min(x, stage.clientWidth - half - 2),
				 bottom + 17);
	}
}

/* How many events there are in each two pixels. */
function drawBars() {
	const values = byEvents ? events.seqs : events.times;
	const bars = new Uint32Array(Math.ceil(plot.width / 2) + 1);
	const bottom = plot.top + plot.height + BARS + 12;
	let most = 1;

	for (const value of values) {
		if (value < view.x0 || value > view.x1)
			continue;
		const bar = (xOf(value) - plot.left) >> 1;

		most = Math.max(most, ++bars[bar]);
	}
	context.fillStyle = colours.muted;
	bars.forEach((number, i) => {
		const height = Math.ceil(BARS * number / most);

		context.fillRect(plot.left + 2 * i, bottom - height, 2, height);
	});
	context.textAlign = 'right';
	context.textBaseline = 'alphabetic';
	context.font = "10.5px system-ui, 'DejaVu Sans', sans-serif";
	context.fillText(`events, up to ${most}`, plot.left - 7, bottom);
}

function measure() {
	const width = stage.clientWidth, height = stage.clientHeight;
	const ratio = Math.min(window.devicePixelRatio || 1,
			       Math.sqrt(4e6 / (width * height || 1)));

	for (const canvas of [picture, marks]) {
		if (canvas.width !== Math.round(width * ratio) ||
		    canvas.height !== Math.round(height * ratio)) {
			canvas.width = Math.round(width * ratio);
			canvas.height = Math.round(height * ratio);
		}
	}
	plot = {
		left: LEFT,
		top: TOP,
		width: Math.max(60, width - LEFT - RIGHT),
		height: Math.max(60, height - TOP - BOTTOM),
	};
	return ratio;
}

function draw() {
	const ratio = measure();

	context.setTransform(1, 0, 0, 1, 0, 0);
	context.fillStyle = colours.ground;
	context.fillRect(0, 0, picture.width, picture.height);
	const large = drawSpells(ratio);

	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	clipToPlot();
	drawEdges(large);
	drawHoles();
	drawLabels(large);
	drawGaps();
	context.restore();
	drawImages();
	drawBars();
	drawTimes();
	drawAddresses();
	drawMarks(ratio);
}

/* What follows the mouse */

/* How far a value is from a range. */
function distance(value, low, high) {
	return value < low ? low - value : value > high ? value - high : 0;
}

/* The spell at a point; where there is none, the next one less than a pixel off. */
function spellAt(x, y) {
	const from = lows(), to = highs();
	const value = valueAt(x), height = yAt(y);
	const kx = plot.width / (view.x1 - view.x0);
	const ky = plot.height / (view.y1 - view.y0);
	let best = -1, nearest = 1;

	if (x < plot.left || x > plot.left + plot.width || y < plot.top ||
	    y > plot.top + plot.height)
		return -1;
	for (let i = 0; i < count; i++) {
		if (!shown[spells.kind[i]])
			continue;
		const far = kx * distance(value, from[i], to[i]) +
			    ky * distance(height, spells.low[i],
					  spells.high[i]);

		if (far < nearest) {
			nearest = far;
			best = i;
		}
	}
	return best;
}

function drawOutline() {
	const from = lows()[hovered], to = highs()[hovered];
	const left = Math.max(plot.left, xOf(from));
	const right = Math.min(plot.left + plot.width, xOf(to));
	const top = Math.max(plot.top, pixelOf(spells.high[hovered]));
	const bottom = Math.min(plot.top + plot.height,
				pixelOf(spells.low[hovered]));

	overlay.strokeStyle = colours.mark;
	overlay.lineWidth = 1.5;
	overlay.strokeRect(left, top, Math.max(right - left, 1),
			   Math.max(bottom - top, 1));
}

function drawLine(x, y, width, height) {
	overlay.fillStyle = colours.mark;
	overlay.globalAlpha = 0.35;
	overlay.fillRect(x, y, width, height);
	overlay.globalAlpha = 1;
}

/* On a ground of its own, to be read over what is there. */
function drawNote(text, x, y, align) {
	overlay.font = "10px ui-monospace, 'DejaVu Sans Mono', monospace";
	overlay.textAlign = align;
	overlay.textBaseline = 'middle';
	const width = overlay.measureText(text).width;
	const left = align === 'right' ? x - width : x - width / 2;

	overlay.fillStyle = colours.mark;
	overlay.fillRect(left - 3, y - 8, width + 6, 16);
	overlay.fillStyle = colours.ground;
	overlay.fillText(text, x, y + 0.5);
}

function drawCross() {
	const value = valueAt(pointer.x), y = yAt(pointer.y);
	const axis = axes[imageAt(value)];
	const step = (view.x1 - view.x0) / plot.width / (byEvents ? 1 : 1e9);
	const bottom = plot.top + plot.height;

	if (pointer.x < plot.left || pointer.y < plot.top ||
	    pointer.x > plot.left + plot.width || pointer.y > bottom)
		return;
	drawLine(pointer.x, plot.top, 1, plot.height + BARS + 12);
	drawLine(plot.left, pointer.y, plot.width, 1);
	if (axis.addrs.length)
		drawNote(hex(Math.floor(addrOf(axis, y) / data.page) *
			     data.page), plot.left - 7, pointer.y, 'right');
	drawNote(acrossText(value, step), pointer.x, bottom + BARS + 25,
		 'center');
}

/* The box that is being drawn with the mouse. */
function drawBox() {
	overlay.fillStyle = colours.mark;
	overlay.globalAlpha = 0.15;
	overlay.fillRect(drag.x, drag.y, pointer.x - drag.x, pointer.y - drag.y);
	overlay.globalAlpha = 1;
	overlay.strokeStyle = colours.mark;
	overlay.strokeRect(drag.x, drag.y, pointer.x - drag.x,
			   pointer.y - drag.y);
}

function drawSearched() {
	const axis = axes[focusedImage()];

	if (wantedAddr < 0 || !axis.addrs.length)
		return;
	const y = pixelOf(yOf(axis, wantedAddr));

	if (y < plot.top || y > plot.top + plot.height)
		return;
	overlay.strokeStyle = colours.mark;
	overlay.setLineDash([6, 4]);
	overlay.beginPath();
	overlay.moveTo(plot.left, y);
	overlay.lineTo(plot.left + plot.width, y);
	overlay.stroke();
	overlay.setLineDash([]);
	drawNote(hex(wantedAddr), plot.left - 7, y, 'right');
}

function drawMarks(ratio) {
	overlay.setTransform(1, 0, 0, 1, 0, 0);
	overlay.clearRect(0, 0, marks.width, marks.height);
	overlay.setTransform(ratio, 0, 0, ratio, 0, 0);
	drawSearched();
	if (hovered >= 0)
		drawOutline();
	if (pointer && drag && drag.box)
		drawBox();
	else if (pointer)
		drawCross();
}

function showTip() {
	if (hovered < 0) {
		tip.hidden = true;
		return;
	}
	const lines = describe(hovered);
	const range = document.createElement('b');

	range.textContent = `${hex(spells.start[hovered])}-` +
			    `${hex(spells.stop[hovered])} ${lines.shift()}`;
	tip.replaceChildren(range, '\n' + lines.join('\n'));
	tip.hidden = false;
	const right = pointer.x + 16 + tip.offsetWidth > stage.clientWidth;
	const below = pointer.y + 16 + tip.offsetHeight > stage.clientHeight;

	tip.style.left = Math.max(0, right ?
		pointer.x - 12 - tip.offsetWidth : pointer.x + 16) + 'px';
	tip.style.top = Math.max(0, below ?
		pointer.y - 12 - tip.offsetHeight : pointer.y + 16) + 'px';
}

/* The legend: how much there is of each kind, at the mouse or at the most. */
function showSizes() {
	const sizes = new Float64Array(data.kinds.length);
	const inside = pointer && pointer.x >= plot.left &&
		       pointer.x <= plot.left + plot.width;

	if (inside) {
		const value = valueAt(pointer.x), from = lows(), to = highs();

		for (let i = 0; i < count; i++)
			if (from[i] <= value && value < to[i])
				sizes[spells.kind[i]] += spells.stop[i] -
							 spells.start[i];
		byId('when').textContent = 'at the mouse';
	} else {
		byId('when').textContent = 'at the most';
	}
	data.kinds.forEach((kind, i) => {
		if (kind.size)
			kind.size.textContent =
				sizeText(inside ? sizes[i] : kind.peak);
	});
}

/* Redrawing, once a frame at most. */
let due = 0;		/* 1: what follows the mouse, 2: all */
let focus = -1;

function frame() {
	const all = due > 1;

	due = 0;
	if (!drag || drag.box)
		hovered = pointer && !drag ? spellAt(pointer.x, pointer.y) : -1;
	else
		hovered = -1;
	if (all || focusedImage() !== focus) {
		focus = focusedImage();
		draw();
	} else {
		drawMarks(picture.width / stage.clientWidth);
	}
	showTip();
	showSizes();
}

function redraw(what) {
	if (!due)
		requestAnimationFrame(frame);
	due = Math.max(due, what);
}

/* Moving and zooming */

function limit(low, high, least, min, max) {
	let size = Math.min(Math.max(high - low, least), max - min);
	let start = (low + high - size) / 2;

	start = Math.min(Math.max(start, min), max - size);
	return [start, start + size];
}

function show(x0, x1, y0, y1) {
	const least = byEvents ? 2 : 100;

	[view.x0, view.x1] = limit(x0, x1, least, whole.x0, whole.x1);
	[view.y0, view.y1] = limit(y0, y1, 1e-5, whole.y0, whole.y1);
	redraw(2);
}

/* About a point of the stage, which stays where it is. */
function zoom(factorX, factorY, x, y) {
	const value = valueAt(x), height = yAt(y);

	show(value - (value - view.x0) * factorX,
	     value + (view.x1 - value) * factorX,
	     height - (height - view.y0) * factorY,
	     height + (view.y1 - height) * factorY);
}

function zoomMiddle(factorX, factorY) {
	zoom(factorX, factorY, plot.left + plot.width / 2,
	     plot.top + plot.height / 2);
}

/* By parts of what is seen. */
function pan(across, up) {
	const dx = (view.x1 - view.x0) * across;
	const dy = (view.y1 - view.y0) * up;

	show(view.x0 + dx, view.x1 + dx, view.y0 + dy, view.y1 + dy);
}

function showAll() {
	show(whole.x0, whole.x1, whole.y0, whole.y1);
}

function showSpell(i) {
	const from = lows()[i], to = highs()[i];
	const marginX = Math.max((to - from) * 0.3, byEvents ? 3 : 1000);
	const marginY = Math.max((spells.high[i] - spells.low[i]) * 2, 1e-4);

	show(from - marginX, to + marginX, spells.low[i] - marginY,
	     spells.high[i] + marginY);
}

function setScale(events) {
	byEvents = events;
	byId('scale').textContent = events ? 'across: events' : 'across: time';
	findWhole();
	redraw(2);
}

/* The mouse, or fingers */

let drag = null;
const fingers = new Map();

function place(event) {
	const bounds = stage.getBoundingClientRect();

	return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
}

stage.addEventListener('pointerdown', (event) => {
	if (event.button)
		return;
	stage.setPointerCapture(event.pointerId);
	pointer = place(event);
	fingers.set(event.pointerId, pointer);
	drag = { ...pointer, view: { ...view }, box: event.shiftKey };
	stage.classList.toggle('pan', !drag.box);
});

function pinch(event, now) {
	const [a, b] = [...fingers.values()];
	const before = Math.hypot(a.x - b.x, a.y - b.y);

	fingers.set(event.pointerId, now);
	const [c, d] = [...fingers.values()];
	const factor = before / Math.max(Math.hypot(c.x - d.x, c.y - d.y), 1);

	zoom(factor, factor, (c.x + d.x) / 2, (c.y + d.y) / 2);
	drag = null;
}

stage.addEventListener('pointermove', (event) => {
	pointer = place(event);
	if (fingers.size === 2 && fingers.has(event.pointerId)) {
		pinch(event, pointer);
		return;
	}
	if (drag && !drag.box) {
		const dx = (drag.x - pointer.x) / plot.width;
		const dy = (pointer.y - drag.y) / plot.height;

		view = { ...drag.view };
		pan(dx, dy);
	}
	redraw(1);
});

function endDrag(event) {
	fingers.delete(event.pointerId);
	if (drag && drag.box && Math.abs(pointer.x - drag.x) > 3 &&
	    Math.abs(pointer.y - drag.y) > 3) {
		const x = [drag.x, pointer.x].map(valueAt);
		const y = [drag.y, pointer.y].map(yAt);

		show(Math.min(...x), Math.max(...x), Math.min(...y),
		     Math.max(...y));
	}
	drag = null;
	stage.classList.remove('pan');
	redraw(1);
}

stage.addEventListener('pointerup', endDrag);
stage.addEventListener('pointercancel', endDrag);
stage.addEventListener('pointerleave', () => {
	pointer = null;
	redraw(1);
});

stage.addEventListener('dblclick', (event) => {
	const { x, y } = place(event);
	const i = spellAt(x, y);

	if (i >= 0)
		showSpell(i);
});

stage.addEventListener('wheel', (event) => {
	const { x, y } = place(event);
	const unit = event.deltaMode === 1 ? 20 : event.deltaMode ? 400 : 1;
	const factor = 1.0015 ** (event.deltaY * unit);

	event.preventDefault();
	if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
		pan((event.deltaX || event.deltaY) * unit / plot.width, 0);
	else if (event.ctrlKey)
		zoom(factor, factor, x, y);
	else if (event.altKey || x < plot.left)
		zoom(1, factor, x, y);
	else
		zoom(factor, 1, x, y);
}, { passive: false });

/* Searching */

let next = 0;

/* What is like an address: six hexadecimal digits or more, or 0x before them. */
function parseAddress(text) {
	const match = /^(?:0x([0-9a-f]{1,16})|([0-9a-f]{6,16}))$/i.exec(text);

	return match ? parseInt(match[1] || match[2], 16) : -1;
}

function search(text) {
	const needle = text.trim().toLowerCase();
	const named = data.names.map((name) =>
		needle && name.toLowerCase().includes(needle));
	let found = 0;

	wanted = null;
	wantedAddr = parseAddress(needle);
	next = 0;
	if (needle) {
		wanted = new Uint8Array(count);
		for (let i = 0; i < count; i++) {
			wanted[i] = named[nameAt(i)] ||
				    (wantedAddr >= spells.start[i] &&
				     wantedAddr < spells.stop[i]);
			found += wanted[i];
		}
	}
	byId('found').textContent = needle ? `${found} found` : '';
	redraw(2);
}

function showNext() {
	for (let i = 0; wanted && i < count; i++) {
		const at = (next + i) % count;

		if (!wanted[at])
			continue;
		next = at + 1;
		showSpell(at);
		return;
	}
}

/* Keys and buttons */

const keys = {
	ArrowLeft: () => pan(-0.1, 0),
	ArrowRight: () => pan(0.1, 0),
	ArrowUp: () => pan(0, 0.1),
	ArrowDown: () => pan(0, -0.1),
	'+': () => zoomMiddle(1 / 1.5, 1),
	'=': () => zoomMiddle(1 / 1.5, 1),
	'-': () => zoomMiddle(1.5, 1),
	']': () => zoomMiddle(1, 1 / 1.5),
	'[': () => zoomMiddle(1, 1.5),
	0: showAll,
	Home: showAll,
	e: () => setScale(!byEvents),
	n: showNext,
	Enter: showNext,
	'/': () => byId('search').focus(),
	Escape: () => {
		byId('search').value = '';
		search('');
		stage.focus();
	},
};

document.addEventListener('keydown', (event) => {
	const typing = event.target === byId('search');
	const pressing = event.target.tagName === 'BUTTON' &&
			 event.key === 'Enter';

	if (event.ctrlKey || event.altKey || event.metaKey || pressing ||
	    !keys[event.key] ||
	    (typing && event.key !== 'Enter' && event.key !== 'Escape'))
		return;
	event.preventDefault();
	keys[event.key]();
});

byId('search').addEventListener('input', (event) =>
	search(event.target.value));
byId('scale').addEventListener('click', () => setScale(!byEvents));
byId('all').addEventListener('click', showAll);
byId('in').addEventListener('click', () => zoomMiddle(1 / 1.5, 1));
byId('out').addEventListener('click', () => zoomMiddle(1.5, 1));

/* A button that hides the regions of a kind, and shows how many bytes there are. */
function addKind(i) {
	const kind = data.kinds[i];
	const button = document.createElement('button');
	const colour = document.createElement('i');

	kind.size = document.createElement('small');
	colour.style.background = `var(--${kind.key})`;
	kind.size.textContent = sizeText(kind.peak);
	button.className = 'kind';
	button.title = `hide or show; ${sizeText(kind.peak)} at the most`;
	button.setAttribute('aria-pressed', 'true');
	button.append(colour, kind.word, kind.size);
	button.addEventListener('click', () => {
		shown[i] = !shown[i];
		button.setAttribute('aria-pressed', String(shown[i]));
		redraw(2);
	});
	byId('kinds').append(button, ' ');
}

byId('title').textContent = data.title;
byId('subtitle').textContent = byId('subtitle').title = data.subtitle;
data.order.filter((i) => data.kinds[i].peak).forEach(addKind);
readColours();
setScale(byEvents);
measure();
new ResizeObserver(() => redraw(2)).observe(stage);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
	readColours();
	redraw(2);
});

/* For tests: where in the window a spell is drawn, what it is, and what is where. */
function placeOf(i) {
	const bounds = stage.getBoundingClientRect();
	const left = xOf(Math.max(lows()[i], view.x0));
	const right = xOf(Math.min(highs()[i], view.x1));
	const top = pixelOf(Math.min(spells.high[i], view.y1));
	const bottom = pixelOf(Math.max(spells.low[i], view.y0));

	return {
		x: bounds.left + (left + right) / 2,
		y: bounds.top + (top + bottom) / 2,
		width: right - left,
		height: bottom - top,
	};
}

window.vprocPicture = {
	count,
	view: () => ({ ...view }),
	describe: (i) => [`${hex(spells.start[i])}-${hex(spells.stop[i])}`,
			  ...describe(i)],
	place: placeOf,
	at: (x, y) => {
		const bounds = stage.getBoundingClientRect();

		return spellAt(x - bounds.left, y - bounds.top);
	},
};

})();
