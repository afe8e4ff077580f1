// Takes the pictures of the documentation from a demo of its own: node screenshots.mjs [folder]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { LAUNCH } from './chromium.mjs';
import { startServer } from './server.mjs';
import { saveAndStay, signIn } from './steps.mjs';

const folder = process.argv[2] ?? fileURLToPath(new URL('../../../docs/screenshots', import.meta.url));
const LIST = '/admin/issues/?status__exact=new&o=-2';

/** What is shown, by the name of the file. */
const PICTURES = {
	board: page => page.goto('/'),
	matrix: page => page.goto('/matrix/'),
	'list-light': page => page.goto(LIST),
	'list-dark': async page => {
		await page.emulateMedia({colorScheme: 'dark'});
		await page.goto(LIST);
	},
	'change-form': page => page.goto('/admin/error-categories/1/change/'),
	issue: page => page.goto('/issues/31/'),
	conflict: async page => {
		await page.goto('/admin/error-categories/1/change/');
		const other = await open('ddmops01');
		await other.goto(page.url());
		await other.getByLabel('Note for shifters').fill('If transfers and deletions fail together, one ticket is enough.');
		await other.getByLabel('Pattern').fill('421 Service busy: (Connection|Request) limit exceeded');
		await saveAndStay(other);
		await page.getByLabel('Note for shifters').fill('Look at both directions before you open a ticket.');
		await page.getByLabel('Priority').fill('5');
		await saveAndStay(page);
	},
	'delete-refused': page => page.goto('/admin/sites/65/delete/'),
	phone: async page => {
		await page.setViewportSize({width: 390, height: 844});
		await page.goto('/issues/31/');
	},
};

const server = await startServer();
const browser = await chromium.launch(LAUNCH);
try {
	await mkdir(folder, {recursive: true});
	const page = await open();
	await page.goto('/admin/login/');
	await take(page, 'login');
	for (const [name, show] of Object.entries(PICTURES)) {
		const page = await open('admin');
		await show(page);
		await take(page, name);
		await page.context().close();
	}
} finally {
	await browser.close();
	await server.stop();
}

/** A window of somebody's own, signed in if a name is given. */
async function open(name) {
	const page = await browser.newPage({baseURL: server.url, viewport: {width: 1440, height: 900}});
	if (name) {
		await page.goto('/admin/login/');
		await signIn(page, name, server.accounts[name]);
	}
	return page;
}

async function take(page, name) {
	const path = join(folder, `${name}.png`);
	await page.mouse.move(0, 0); // nothing is pointed at
	await page.screenshot({path, animations: 'disabled', caret: 'hide'});
	console.log(path);
}
