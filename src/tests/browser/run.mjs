// Runs the browser tests against a demo of its own: node run.mjs [part of a file's name …]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { LAUNCH } from './chromium.mjs';
import { startServer } from './server.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
const files = (await readdir(folder))
	.filter(name => name.endsWith('.test.mjs') && (!wanted.length || wanted.some(part => name.includes(part))))
	.sort();
if (!files.length) throw new Error(`no test file is named like ${wanted.join(' or ')}`);

const server = await startServer();
const browser = await chromium.launchServer(LAUNCH).catch(async error => {
	await server.stop();
	throw error;
});
let tests;
// Whoever interrupts this run must leave no server behind: the tests are stopped, and the rest follows below.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => tests?.kill('SIGTERM'));
try {
	tests = spawn(process.execPath, ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files], {
		cwd: folder,
		env: {
			...process.env,
			OPINT_TEST_URL: server.url,
			OPINT_TEST_ACCOUNTS: JSON.stringify(server.accounts),
			OPINT_TEST_BROWSER: browser.wsEndpoint(),
		},
		stdio: 'inherit',
	});
	const [status] = await once(tests, 'exit');
	process.exitCode = status ?? 1;
} finally {
	await browser.close();
	await server.stop();
}
