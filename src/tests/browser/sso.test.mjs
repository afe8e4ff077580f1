// Single sign-on at a real identity provider, which is another site.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProvider } from './provider.mjs';
import { freePort, startServer } from './server.mjs';
import { follow, signIn, signOut } from './steps.mjs';
import { inBrowser } from './visit.mjs';

const port = await freePort();
const baseURL = `http://127.0.0.1:${port}`;
const provider = await startProvider(baseURL);
const server = await startServer({port, variables: {
	OPINT_BASE_URL: baseURL,
	OIDC_ISSUER: provider.url,
	OIDC_CLIENT_ID: 'opint',
	OIDC_CLIENT_SECRET: provider.secret,
	OPINT_ADMIN_GROUPS: '/ddm-admins',
	OPINT_OPERATOR_GROUPS: 'ddm-ops',
	OPINT_SHIFTER_GROUPS: 'ddm-shifters',
}}).catch(async error => {
	await provider.stop();
	throw error;
});
after(async () => {
	await provider.stop().catch(() => {});
	await server.stop();
});

const visit = (name, ...rest) => inBrowser(name, {as: null, baseURL, statuses: /4\d\d|50[23]/, ...(rest.length > 1 ? rest[0] : {})}, rest.at(-1));
const button = page => page.getByRole('link', {name: 'Sign in with single sign-on'});

/** Signs in there, for the first time in this browser. */
async function enter(page, account) {
	await follow(button(page));
	await page.getByLabel('Account').fill(account);
	await follow(page.getByRole('button', {name: 'Continue'}));
	await follow(page.getByRole('button', {name: 'Allow'}));
}

/** Names of the lists in the menu. */
const menu = page => page.getByRole('navigation', {name: 'Main'}).getByRole('link').allTextContents();

visit('Somebody new comes in, to where they wanted to go, with the rights of their groups there', async ({page}) => {
	await page.goto('/admin/sites/?q=INFN');
	await page.getByRole('heading', {name: 'Sign in'}).waitFor();
	await enter(page, 'u-zoe');
	assert.equal(page.url(), `${baseURL}/admin/sites/?q=INFN`);
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
	assert.equal((await page.goto('/admin/sites/add/')).status(), 200, 'an operator adds sites');
	assert.equal((await page.goto('/admin/users/')).status(), 403);

	// What changes there counts at the next sign-in; who still has a session there needs no password.
	provider.accounts['u-zoe'].groups = [];
	await signOut(page);
	await page.getByText('You are signed out.').waitFor();
	await follow(button(page));
	assert.equal(new URL(page.url()).pathname, '/');
	assert.equal((await page.goto('/admin/sites/add/')).status(), 403, 'a viewer does not');
	provider.accounts['u-zoe'].groups = ['/ddm-admins'];
	await signOut(page);
	await follow(button(page));
	assert.equal((await page.goto('/admin/users/?q=zoe')).status(), 200);
	assert.match((await menu(page)).join(), /Users/);
	await page.getByText('zoe@example.org').first().waitFor();
});

visit('A name that a local account has is not taken over', async ({page}) => {
	await page.goto('/');
	await enter(page, 'u-admin');
	await page.getByRole('banner').locator('summary').click();
	await page.getByRole('banner').getByText('admin-2').first().waitFor();
	assert.equal((await page.goto('/admin/users/')).status(), 403);
});

visit('Two tabs sign in at once; Back and the used address do no harm', async ({context, page}) => {
	await page.goto('/admin/sites/');
	const other = await context.newPage();
	await other.goto('/admin/issues/');
	await follow(button(page));
	await follow(button(other));
	let used;
	page.on('request', request => {if (request.url().includes('/auth/oidc/callback/')) used = request.url();});
	await page.getByLabel('Account').fill('u-ann');
	await follow(page.getByRole('button', {name: 'Continue'}));
	await follow(page.getByRole('button', {name: 'Allow'}));
	assert.equal(new URL(page.url()).pathname, '/admin/sites/');
	await other.getByLabel('Account').fill('u-ann');
	await follow(other.getByRole('button', {name: 'Continue'}));
	if (await other.getByRole('button', {name: 'Allow'}).count()) await follow(other.getByRole('button', {name: 'Allow'}));
	assert.equal(new URL(other.url()).pathname, '/admin/issues/');

	assert.equal((await page.goto(used)).status(), 400);
	await page.getByText('It was used already').waitFor();
	await follow(page.getByRole('link', {name: 'Try single sign-on again'}));
	assert.equal(new URL(page.url()).pathname, '/', 'the session is still there');
});

visit('Who says no at the provider is not signed in, and can try again', async ({page}) => {
	await page.goto('/admin/sites/');
	await follow(button(page));
	await page.getByLabel('Account').fill('u-ann');
	await follow(page.getByRole('button', {name: 'Continue'}));
	await follow(page.getByRole('button', {name: 'Deny'}));
	await page.getByRole('heading', {name: 'You were not signed in'}).waitFor();
	await follow(page.getByRole('link', {name: 'Try single sign-on again'}));
	await follow(page.getByRole('button', {name: 'Allow'}));
	assert.equal(new URL(page.url()).pathname, '/admin/sites/');
});

visit('Signing out at the provider ends the session here', async ({context, page}) => {
	await page.goto('/admin/sites/');
	await enter(page, 'u-ann');
	const other = await context.newPage();
	await other.goto(`${provider.url}/session/end`);
	await follow(other.getByRole('button', {name: /^Yes/}));
	for (let tries = 0; tries < 50; tries++) {
		await page.reload();
		if (await page.getByRole('heading', {name: 'Sign in'}).count()) return;
		await sleep(100);
	}
	assert.fail('the session goes on');
});

visit('After signing out here, a link signs out there', async ({page}) => {
	await page.goto('/');
	await enter(page, 'u-ann');
	await signOut(page);
	await follow(page.getByRole('link', {name: 'Sign out there, too'}));
	await follow(page.getByRole('button', {name: /^Yes/}));
	await page.goto('/');
	await follow(button(page));
	await page.getByLabel('Account').waitFor();
});

visit('While the provider is away, passwords still work, and single sign-on says so; then it has other keys', async ({page}) => {
	await provider.stop();
	await page.goto('/admin/sites/');
	await sleep(6000); // the program may have asked it a moment ago
	await follow(button(page));
	await page.getByRole('heading', {name: 'Single sign-on does not answer'}).waitFor();
	await follow(page.getByRole('link', {name: 'Sign in with a password instead'}));
	await signIn(page, 'viewer01', server.accounts.viewer01);
	assert.equal(new URL(page.url()).pathname, '/');
	await signOut(page);

	await provider.start('ES256');
	await page.goto('/admin/sites/');
	await enter(page, 'u-ann');
	// The program reads keys once a minute at most.
	for (let tries = 0; tries < 14 && !page.url().endsWith('/admin/sites/'); tries++) {
		await page.getByRole('heading', {name: 'Single sign-on gave a wrong answer'}).waitFor();
		await sleep(5000);
		await follow(page.getByRole('link', {name: 'Try single sign-on again'}));
	}
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
});
