// Light and dark: the switch, what the system says, and no flash of the other one.
import assert from 'node:assert/strict';
import { openMenu, signOut } from './steps.mjs';
import { inBrowser } from './visit.mjs';

const DARK = 'rgb(13, 16, 21)';
const LIGHT = 'rgb(245, 246, 248)';
const background = page => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
/** Waits for the cookie: the switch shows at once, and the server is told behind it. */
async function kept(page, theme) {
	for (let tries = 0; tries < 100; tries++) {
		const cookie = (await page.context().cookies()).find(({name}) => name === 'opint_theme');
		if ((cookie?.value ?? 'auto') === theme) return;
		await page.waitForTimeout(50);
	}
	assert.fail(`the choice of ${theme} was not kept`);
}
const attribute = page => page.locator('html').getAttribute('data-theme');

inBrowser('The dark theme shows at once, stays, and is in the page as it arrives', async ({page}) => {
	await page.goto('/admin/issues/');
	assert.equal(await background(page), LIGHT);
	await page.getByRole('button', {name: 'Dark'}).click();
	assert.equal(await background(page), DARK);
	assert.equal(await page.getByRole('button', {name: 'Dark'}).getAttribute('aria-pressed'), 'true');
	await kept(page, 'dark');

	const answer = await page.reload();
	assert.match(await answer.text(), /<html[^>]* data-theme="dark"/, 'the server knows, so nothing flashes');
	assert.equal(await attribute(page), 'dark');
	assert.equal(await background(page), DARK);
	await openMenu(page, 'Sites');
	assert.equal(await background(page), DARK);

	await signOut(page);
	await page.getByRole('heading', {name: 'Sign in'}).waitFor();
	assert.equal(await background(page), DARK, 'the page to sign in remembers, too');
});

inBrowser('Without a choice the theme follows the system, and a choice overrules it', {colorScheme: 'dark'}, async ({page}) => {
	await page.goto('/admin/');
	assert.equal(await attribute(page), null);
	assert.equal(await background(page), DARK);
	await page.emulateMedia({colorScheme: 'light'});
	assert.equal(await background(page), LIGHT);
	await page.emulateMedia({colorScheme: 'dark'});
	await page.getByRole('button', {name: 'Light'}).click();
	assert.equal(await background(page), LIGHT);
	await kept(page, 'light');
	await page.reload();
	assert.equal(await background(page), LIGHT);
	await page.getByRole('button', {name: 'Auto'}).click();
	await kept(page, 'auto');
	await page.reload();
	assert.equal(await attribute(page), null);
	assert.equal(await background(page), DARK);
});
