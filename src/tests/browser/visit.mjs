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
 * Declares a test, which gets a `page` and its `context`. Of the options, `as` is who is signed in: `admin` unless
 * told, null for nobody, `statuses` are those that pages may have, 4xx unless told, and `fetched` those that scripts may
 * get for an answer, none unless told. The others are Playwright's for
 * a browser context.
 */
export function inBrowser(name, ...optionsAndBody) {
	const body = optionsAndBody.pop();
	const {as = 'admin', statuses = /4\d\d/, fetched = /^$/, ...options} = optionsAndBody.pop() ?? {};
	test(name, {timeout: 120_000}, async () => {
		const context = await browser.newContext({baseURL: url, viewport: {width: 1440, height: 900}, ...options});
		context.setDefaultTimeout(10_000);
		const problems = watch(context, statuses, fetched, new URL(options.baseURL ?? url).origin);
		try {
			if (as) await enter(context, as);
			await body({context, page: await context.newPage()});
		} finally {
			await context.close();
		}
		assert.deepEqual(problems, [], 'the console stays silent');
	});
}

/** What the console says and what scripts throw, violations of the content security policy among it. */
function watch(context, statuses, fetched, origin) {
	const problems = [];
	context.on('console', message => {
		if (!['error', 'warning'].includes(message.type())) return;
		// What other sites' pages say is their business.
		if (new URL(message.page()?.url() ?? origin).origin !== origin) return;
		// A page that is an answer of 4xx is announced there, too.
		const ofPage = message.location().url.split('#')[0] === message.page()?.url().split('#')[0];
		const status = message.text().match(/^Failed to load resource: .* status of (\d+) /)?.[1];
		if (ofPage && statuses.test(status)) return;
		if (status && fetched.test(status)) return;
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

/** The password of an account of the demo. */
export const passwordOf = name => passwords[name];
