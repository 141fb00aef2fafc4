#!/usr/bin/node
// SPDX-License-Identifier: GPL-2.0-only
//
// Compiled code, WebAssembly whose memory grows, worker threads that share
// memory, child processes, buffers that come and go with the garbage collector.
'use strict';

const { execFileSync, fork } = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const { Worker, isMainThread, parentPort, workerData } =
	require('worker_threads');
const v8 = require('v8');
const vm = require('vm');
const zlib = require('zlib');

const WORKERS = 3;
const CHILDREN = 3;
const MIB = 1 << 20;

function check(condition, what)
{
	if (!condition)
		throw new Error(what);
}

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

// Hot enough to be compiled, and compiled again when its types change.
function hot()
{
	let functions = [];
	let sum = 0;

	for (let i = 0; i < 40; i++)
		functions.push(new Function('a', 'b',
			`let s = ${i}; for (let k = 0; k < 400; k++)` +
			' s = (s * 31 + a + k * b) % 1000003; return s;'));
	for (let round = 0; round < 30; round++)
		for (const f of functions)
			sum = (sum + f(round, round + 1)) % 1000003;
	for (const f of functions)
		sum = (sum + f(0.5, 1.25)) % 1000003;
	return sum;
}

function deep(n)
{
	return n ? 1 + deep(n - 1) : 0;
}

function tooDeep()
{
	const forever = (n) => 1 + forever(n + 1);

	try {
		return forever(0);
	} catch (error) {
		return error.constructor.name;
	}
}

// (memory (export "m") 1 1000)
// (func (export "grow") (param i32) (result i32)
//	local.get 0
//	memory.grow)
// (func (export "fill") (param i32 i32) (result i32)
//	loop: i32.store (local 0) (local 0); local 0 += 4096;
//	br_if 0 (local 0 < local 1); end
//	i32.load (local 1 - 4096))
const moduleBytes = Uint8Array.of(
	0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
	1, 12, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 2, 0x7f, 0x7f, 1, 0x7f,
	3, 3, 2, 0, 1,
	5, 5, 1, 1, 1, 0xe8, 7,
	7, 19, 3, 1, 0x6d, 2, 0, 4, 0x67, 0x72, 0x6f, 0x77, 0, 0,
	4, 0x66, 0x69, 0x6c, 0x6c, 0, 1,
	10, 43, 2,
	6, 0, 0x20, 0, 0x40, 0, 0x0b,
	34, 0,
	3, 0x40,
	0x20, 0, 0x20, 0, 0x36, 2, 0,
	0x20, 0, 0x41, 0x80, 0x20, 0x6a, 0x22, 0, 0x20, 1, 0x49, 0x0d, 0,
	0x0b,
	0x20, 1, 0x41, 0x80, 0x20, 0x6b, 0x28, 2, 0,
	0x0b);

function wasm()
{
	const instances = [];
	let sum = 0;

	for (let i = 0; i < 4; i++) {
		const instance = new WebAssembly.Instance(
			new WebAssembly.Module(moduleBytes));

		check(instance.exports.grow(20 + i) === 1, 'memory.grow');
		check(instance.exports.grow(980) === -1, 'memory.grow: limit');
		sum += instance.exports.fill(0, (20 + i) * 65536);
		try {
			instance.exports.fill(4096, 64 * MIB);
		} catch (error) {
			check(error instanceof WebAssembly.RuntimeError, error);
			sum++;
		}
		instances.push(instance);
	}
	return sum;
}

// Each keeps the last few of many.
function buffers(seed)
{
	const kept = [];
	let sum = 0;

	for (let i = 0; i < 120; i++) {
		const size = (seed * 7919 + i * 104729) % (3 * MIB) + 1;
		const buffer = i % 2 ? new ArrayBuffer(size) :
			Buffer.allocUnsafe(size).buffer;
		const bytes = new Uint8Array(buffer);

		for (let at = 0; at < bytes.length; at += 4096)
			bytes[at] = i;
		kept.push(bytes);
		if (kept.length > 6)
			sum += kept.splice((seed + i) % 6, 1)[0][0];
	}
	return sum;
}

function garbage(seed)
{
	const tree = (depth) => depth ?
		[tree(depth - 1), `${seed} ${depth}`, tree(depth - 1)] : [];
	const kept = [];

	for (let i = 0; i < 12; i++) {
		kept.push(tree(11));
		if (kept.length > 4)
			kept.shift();
	}
	return crypto.createHash('sha256').update(JSON.stringify(kept))
		.digest('hex');
}

function work()
{
	const { index, shared } = workerData;
	const cells = new Int32Array(shared);

	for (let i = 0; i < 20000; i++)
		Atomics.add(cells, (index + i * 7919) % cells.length, 1);
	parentPort.postMessage({
		index,
		hot: hot(),
		wasm: wasm(),
		buffers: buffers(index),
		garbage: garbage(index),
	});
}

function workers()
{
	const shared = new SharedArrayBuffer(2 * MIB);
	const started = [];

	for (let index = 0; index < WORKERS; index++)
		started.push(new Promise((resolve, reject) => {
			const worker = new Worker(__filename, {
				workerData: { index, shared },
			});
			let result;

			worker.on('message', (message) => {
				result = message;
			});
			worker.on('error', reject);
			worker.on('exit', (code) => code ?
				reject(new Error(`worker: ${code}`)) :
				resolve(result));
		}));
	return Promise.all(started).then((results) => {
		const sum = new Int32Array(shared).reduce((a, b) => a + b, 0);

		check(sum === WORKERS * 20000, `the workers' sum is ${sum}`);
		return results;
	});
}

function child(index)
{
	return new Promise((resolve, reject) => {
		const process = fork(__filename, ['child', index]);
		let result;

		process.on('message', (message) => {
			result = message;
		});
		process.on('error', reject);
		process.on('exit', (code) => code === 0 ? resolve(result) :
			reject(new Error(`child: ${code}`)));
	});
}

function commands()
{
	const text = zlib.gzipSync(Buffer.alloc(4 * MIB, 'text')).toString('hex');

	fs.writeFileSync('text', text);
	return execFileSync('sh', ['-c', 'sha256sum <text | cut -c 1-16'],
			    { encoding: 'utf8' }).trim();
}

async function main()
{
	console.log('compiled', hot());
	console.log('deep', deep(5000), tooDeep());
	console.log('wasm', wasm());
	for (let i = 0; i < 3; i++) {
		console.log('buffers', buffers(i));
		gc();
	}
	console.log('garbage', garbage(1));
	gc();
	for (const result of await workers())
		console.log('worker', result);
	console.log('commands', commands(), commands());
	for (const result of await Promise.all(
			Array.from({ length: CHILDREN }, (_, i) => child(i))))
		console.log('child', result);
	gc();
	check(process.memoryUsage().arrayBuffers < 64 * MIB, 'no memory let go');
}

function fail(error)
{
	console.error(error);
	process.exit(1);
}

if (!isMainThread) {
	work();
} else if (process.argv[2] === 'child') {
	const index = Number(process.argv[3]);

	process.send({ index, buffers: buffers(index), garbage: garbage(index) },
		     () => process.disconnect());
} else {
	main().catch(fail);
}
