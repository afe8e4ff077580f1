// A test in the browser: a visitor with cookies of their own, whose console must stay silent.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chromium } from 'playwright-core';

const {OPINT_TEST_URL: url, OPINT_TEST_ACCOUNTS: accounts, OPINT_TEST_BROWSER: endpoint} = process.env;
if (!url) throw new Error('run these tests with: node run.mjs');
const passwords = JSON.parse(accounts);
const browser = await chromium.connect(endpoint);
after(() => browser.close());

/**
 * Declares a test that gets `page`, its `context` and `problems`. `options.as` is who is signed in, `admin` unless
 * told; null for nobody. The other options are Playwright's for a browser context.
 */
export function inBrowser(name, options, body = options) {
	const {as = 'admin', ...rest} = body === options ? {} : options;
	test(name, {timeout: 120_000}, async t => {
		const context = await browser.newContext({baseURL: url, viewport: {width: 1440, height: 900}, ...rest});
		context.setDefaultTimeout(10_000);
		const problems = watch(context);
		try {
			if (as) await enter(context, as);
			await body({t, context, problems, page: await context.newPage()});
		} finally {
			await context.close();
		}
		assert.deepEqual(problems, [], 'the console stays silent');
	});
}

/** What the console says and what scripts throw, violations of the content security policy among it. */
function watch(context) {
	const problems = [];
	context.on('console', message => {
		if (!['error', 'warning'].includes(message.type())) return;
		// A page that is an answer of 4xx is announced there, too.
		const ofPage = message.location().url.split('#')[0] === message.page()?.url().split('#')[0];
		if (ofPage && /^Failed to load resource: .* status of 4(03|04|09|22) /.test(message.text())) return;
		problems.push(`${message.page()?.url()}: ${message.text()}`);
	});
	context.on('weberror', error => problems.push(`${error.page()?.url()}: ${error.error().stack}`));
	return problems;
}

/** Signs in without a page. */
async function enter(context, name) {
	const form = await (await context.request.get('/admin/login/')).text();
	const answer = await context.request.post('/admin/login/', {
		form: {csrfmiddlewaretoken: form.match(/csrfmiddlewaretoken" value="([^"]+)/)[1], username: name, password: passwords[name], next: '/admin/'},
	});
	assert.equal(new URL(answer.url()).pathname, '/admin/', `${name} could not sign in`);
}

/** Title and address of every list in somebody's menu. */
export async function resourcesOf(name) {
	const context = await browser.newContext({baseURL: url});
	await enter(context, name);
	const page = await context.newPage();
	await page.goto('/admin/');
	const links = await page.getByRole('navigation', {name: 'Main'}).locator('li a').evaluateAll(
		all => all.map(link => [link.textContent.trim(), link.getAttribute('href')]),
	);
	await context.close();
	return links.filter(([, href]) => href.startsWith('/admin/'));
}

/** Clicks on what leads to another page, and waits for that. */
export async function follow(target) {
	const arrived = target.page().waitForEvent('load');
	await target.click();
	await arrived;
}

/** Signs in at the page that asks for it. */
export async function signIn(page, name, password = passwords[name]) {
	await page.getByLabel('User name').fill(name);
	await page.getByLabel('Password').fill(password);
	await follow(page.getByRole('button', {name: 'Sign in'}));
}

/** The password of an account of the demo, where typing it is the point. */
export const passwordOf = name => passwords[name];

/** Opens an entry of the menu. */
export const openMenu = (page, title) =>
	follow(page.getByRole('navigation', {name: 'Main'}).getByRole('link', {name: title, exact: true}));

/** Searches the list that is shown. */
export async function searchFor(page, words) {
	await page.getByRole('searchbox', {name: /^Search/}).fill(words);
	await follow(page.getByRole('button', {name: /^Search/}));
}

/** The message at the top of the page. */
export const message = page => page.locator('.notes [role=status]');
