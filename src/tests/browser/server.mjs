// The program on a free port of this machine, with a demo in a database of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const BINARY = process.env.OPINT_BIN ?? fileURLToPath(new URL('../../../target/debug/opint', import.meta.url));
const SECONDS_TO_START = 60;
const SECONDS_TO_STOP = 10;

/**
 * Starts it, on a port and with variables of its own if they are given; gives its address, its accounts (password by
 * name) and what stops it.
 */
export async function startServer({port: wanted, variables = {}} = {}) {
	const folder = await mkdtemp(join(tmpdir(), 'opint-browser-'));
	const log = join(folder, 'log');
	const port = wanted ?? await freePort();
	const program = spawn(BINARY, ['serve', '--demo', '--listen', `127.0.0.1:${port}`], {
		cwd: folder, // no .env of the working directory
		env: {...environment(), DATABASE_URL: `sqlite://${folder}/demo.db?mode=rwc`, ...variables},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let said = '';
	program.stdout.setEncoding('utf8').on('data', text => {said += text;});
	program.stderr.pipe(createWriteStream(log));
	const failed = once(program, 'error').then(([error]) => {throw new Error(`cannot run ${BINARY}: ${error.message}`);});
	failed.catch(() => {}); // told by the race below, or of no interest any more

	const server = {
		url: `http://127.0.0.1:${port}`,
		accounts: {},
		async stop() {
			if (program.pid && program.exitCode === null && program.signalCode === null) {
				const gone = once(program, 'exit');
				program.kill('SIGTERM');
				const hard = setTimeout(() => program.kill('SIGKILL'), SECONDS_TO_STOP * 1000);
				await gone;
				clearTimeout(hard);
			}
			await rm(folder, {recursive: true, force: true});
		},
	};
	try {
		await Promise.race([ready(server.url, program), failed]);
		for (const [, name, password] of said.matchAll(/^ {4}(\w+) +(\S+) {3}\w+$/gm)) server.accounts[name] = password;
		if (!server.accounts.admin) throw new Error(`no accounts in what the program printed:\n${said}`);
		return server;
	} catch (error) {
		error.message += `\n${await readFile(log, 'utf8').catch(() => '')}`;
		await server.stop();
		throw error;
	}
}

/** The environment without what would configure the program otherwise. */
function environment() {
	const ours = /^(OPINT_|OIDC_|ADMIN_|ALLOWED_HOSTS|SECRET_KEY|DATABASE_URL|PORT$)/;
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** A port of this machine that nobody listens on. */
export async function freePort() {
	const listener = createServer().listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const {port} = listener.address();
	listener.close();
	await once(listener, 'close');
	return port;
}

async function ready(url, program) {
	for (const end = Date.now() + SECONDS_TO_START * 1000; Date.now() < end; await sleep(100)) {
		if (program.exitCode !== null) throw new Error(`the program stopped at once with status ${program.exitCode}`);
		const answer = await fetch(`${url}/readyz`).catch(() => null);
		if (answer?.ok) return;
	}
	throw new Error(`the program was not ready within ${SECONDS_TO_START} s`);
}
