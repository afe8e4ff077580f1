// Search over everything, and what a form held whose session had ended.
import assert from 'node:assert/strict';
import { focused, follow, signIn } from './steps.mjs';
import { inBrowser, passwordOf } from './visit.mjs';

const everything = page => page.getByRole('searchbox', {name: 'Search everything'});

inBrowser('A key leads from any page to the search, and words lead to records', async ({page}) => {
	await page.goto('/admin/');
	await page.keyboard.press('/');
	assert.ok(await focused(everything(page)));
	await page.keyboard.type('WT2');
	const arrived = page.waitForEvent('load');
	await page.keyboard.press('Enter');
	await arrived;
	await follow(page.getByRole('region', {name: 'Sites'}).getByRole('link', {name: 'WT2', exact: true}));
	await page.getByRole('heading', {name: 'WT2', level: 1}).waitFor();
});

inBrowser('Ctrl-K leads to it from a list, too, but not while one types', async ({page}) => {
	await page.goto('/admin/sites/');
	await page.keyboard.press('/');
	const own = page.getByRole('searchbox', {name: 'Search sites'});
	assert.ok(await focused(own), 'a list has a search of its own');
	await page.keyboard.press('Control+k');
	assert.ok(await focused(own));
	await own.blur();
	await page.keyboard.press('Control+k');
	assert.ok(await focused(everything(page)));
});

inBrowser('The number of an issue leads to it', async ({page}) => {
	await page.goto('/search/');
	await page.getByRole('searchbox', {name: 'Search all records'}).fill('#5');
	await follow(page.getByRole('button', {name: 'Search all records'}));
	assert.equal(new URL(page.url()).pathname, '/issues/5/');
});

for (const javaScriptEnabled of [true, false]) {
	const how = javaScriptEnabled ? '' : ' without JavaScript';
	const phone = {javaScriptEnabled, viewport: {width: 390, height: 844}, isMobile: true, hasTouch: true};
	inBrowser(`On a phone, the search is a button that leads to its page${how}`, phone, async ({page}) => {
		await page.goto('/admin/');
		assert.equal(await everything(page).isVisible(), false);
		await follow(page.getByRole('banner').getByRole('button', {name: 'Search everything'}));
		await page.getByRole('heading', {name: 'What can be searched'}).waitFor();
	});

	inBrowser(`What was typed when the session ended comes back after signing in${how}`, {as: 'shifter01', javaScriptEnabled}, async ({context, page}) => {
		await page.goto('/issues/5/');
		await page.getByLabel('Comment').fill('Typed for a long time');
		await context.clearCookies({name: 'opint_session'});
		await follow(page.getByRole('button', {name: 'Record action'}));
		await page.getByText('what you typed comes back').waitFor();
		await signIn(page, 'shifter01', passwordOf('shifter01'));
		await page.getByText('nothing was saved yet').waitFor();
		assert.equal(await page.getByLabel('Comment').inputValue(), 'Typed for a long time');
	});
}
