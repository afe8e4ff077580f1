// Signing in and out.
import assert from 'node:assert/strict';
import { signIn, signOut } from './steps.mjs';
import { inBrowser, passwordOf } from './visit.mjs';

inBrowser('A wrong password keeps the user name, empties the password and says no more than that', {as: null}, async ({page}) => {
	await page.goto('/admin/login/?next=/admin/sites/');
	await signIn(page, 'viewer01', 'not the password');
	assert.match(await page.title(), /^Error: /);
	const unknown = await page.getByRole('alert').textContent();
	assert.equal(await page.getByLabel('User name').inputValue(), 'viewer01');
	const password = page.getByLabel('Password');
	assert.equal(await password.inputValue(), '');
	assert.ok(await password.evaluate(element => element === document.activeElement), 'the password is what to type next');

	await signIn(page, 'nobody.of.that.name', 'not the password');
	assert.equal(await page.getByRole('alert').textContent(), unknown, 'nobody learns which names exist');
	await signIn(page, 'viewer01', passwordOf('viewer01'));
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
});

inBrowser('After signing out, Back shows nothing private', async ({page}) => {
	await page.goto('/admin/');
	await page.goto('/issues/5/');
	await signOut(page);
	await page.getByText('You are signed out.').waitFor();
	for (let steps = 0; steps < 2; steps++) {
		await page.goBack();
		await page.getByRole('heading', {name: 'Sign in'}).waitFor();
		assert.doesNotMatch(await page.content(), /Connection limit exceeded|Recent actions/);
	}
});

inBrowser('Signing out in one tab sends the other to the sign-in page, and from there back to where it was', async ({context, page}) => {
	await page.goto('/admin/sites/?q=INFN');
	const other = await context.newPage();
	await other.goto('/admin/');
	await signOut(other);
	await other.getByText('You are signed out.').waitFor();
	await page.reload();
	await signIn(page, 'viewer01', passwordOf('viewer01'));
	await page.getByRole('heading', {name: 'Sites', level: 1}).waitFor();
	assert.match(page.url(), /\?q=INFN$/);
});
