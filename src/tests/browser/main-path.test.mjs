// What OpInt is for, from signing in to the record of what was done: by mouse, and where scripts do not run.
import assert from 'node:assert/strict';
import { follow, message, openMenu, save, searchFor, signIn } from './steps.mjs';
import { inBrowser, passwordOf } from './visit.mjs';

for (const [how, javaScriptEnabled, issue, category] of [
	['by mouse', true, 2, 'Storage overloaded'],
	['without JavaScript', false, 3, 'Transfer timed out'],
]) {
	inBrowser(`Issues are searched, filtered and sorted ${how}; Back and Forward keep all of it`, {as: null, javaScriptEnabled}, async ({page}) => {
		await page.goto('/');
		await signIn(page, 'admin', passwordOf('admin'));
		await openMenu(page, 'Issues');
		await searchFor(page, '"Connection limit exceeded" WT2');
		const rows = page.locator('.list tbody tr');
		assert.ok(await rows.count() > 20);
		for (const row of await rows.all()) assert.match(await row.innerHTML(), /Connection limit exceeded[^]*WT2/);

		const filter = page.getByRole('complementary', {name: 'Filter'});
		await follow(filter.getByRole('link', {name: /^New/}));
		const failures = page.getByRole('columnheader', {name: 'Failures'});
		await follow(failures.getByRole('link').first());
		await follow(failures.getByRole('link').first());
		assert.equal(await failures.getAttribute('aria-sort'), 'descending');
		assert.match(await rows.first().textContent(), /57,437/);
		const sorted = page.url();

		await page.goBack();
		assert.equal(await failures.getAttribute('aria-sort'), 'ascending');
		await page.goBack();
		assert.equal(await failures.getAttribute('aria-sort'), null);
		assert.equal(await filter.getByRole('link', {name: /^New/}).getAttribute('aria-current'), 'true');
		await page.goForward();
		await page.goForward();
		assert.equal(page.url(), sorted);
		assert.equal(await page.getByRole('main').getByRole('searchbox').inputValue(), '"Connection limit exceeded" WT2');

		await follow(rows.first().locator('a.id'));
		await follow(page.getByRole('link', {name: 'Cancel'}));
		assert.equal(page.url(), sorted, 'a visit to a form does not lose the list');
	});

	inBrowser(`A pattern is edited ${how}, and the history shows both versions`, {javaScriptEnabled}, async ({page}) => {
		await page.goto('/admin/error-categories/?state__exact=active&o=-3');
		await searchFor(page, `"${category}"`);
		const list = page.url();
		await follow(page.getByRole('link', {name: category, exact: true}).first());
		const pattern = page.getByLabel('Pattern');
		const old = await pattern.inputValue();
		await pattern.fill(`busy|${old}`);
		await save(page);
		assert.equal(page.url(), list);
		assert.equal(await message(page).textContent().then(text => text.trim()), `The error category “${category}” was changed.Undo`);

		await follow(message(page).getByRole('link'));
		assert.equal(await pattern.inputValue(), `busy|${old}`);
		await follow(page.getByRole('link', {name: 'History'}));
		const change = page.getByRole('row', {name: /^Pattern/}).first();
		assert.equal(await change.locator('del').textContent(), old);
		assert.equal(await change.locator('ins').textContent(), `busy|${old}`);
		assert.match(await page.locator('li.card').first().textContent(), /admin/);
	});

	inBrowser(`A site in use is not deleted ${how}; the page says what needs it`, {javaScriptEnabled}, async ({page}) => {
		await page.goto('/admin/sites/?q=WT2');
		await follow(page.getByRole('link', {name: 'WT2', exact: true}));
		await follow(page.getByRole('link', {name: 'Delete'}));
		await page.getByRole('heading', {name: 'This site cannot be deleted'}).waitFor();
		assert.match(await page.getByRole('alert').textContent(), /used by .*issues/);
		assert.equal(await page.getByRole('button', {name: /^Delete/}).count(), 0);
		await follow(page.getByRole('link', {name: 'Back to the site'}));
		assert.equal(await page.getByLabel('Name').inputValue(), 'WT2');
	});

	inBrowser(`A shifter records a known and a new action ${how}, and finds both again`, {as: null, javaScriptEnabled}, async ({page}) => {
		await page.goto(`/issues/${issue}/`);
		await signIn(page, 'shifter01', passwordOf('shifter01'));
		const send = page.getByRole('button', {name: 'Record action'});
		const done = page.getByRole('region', {name: 'Timeline'});

		await page.getByRole('radio', {name: /^Reduce FTS active transfers/}).check();
		await page.getByRole('group', {name: 'Did it work?'}).getByText('Yes').click();
		await page.getByLabel('GGUS ticket').fill(`15${issue}000`);
		await page.getByLabel('Comment').fill(`Halved, ${how}.`);
		await follow(send);
		assert.match(await message(page).textContent(), /Recorded/);
		const first = done.getByRole('listitem').first();
		assert.match(await first.textContent(), new RegExp(`Reduce FTS.*worked.*shifter01.*WT2.*15${issue}000.*Halved, ${how}\\.`, 's'));

		await page.getByRole('radio', {name: 'Something else'}).check();
		await page.getByLabel('Which other action').fill(`Rang the site ${how}`);
		await follow(send);
		assert.match(await first.textContent(), new RegExp(`Rang the site ${how}.*shifter01`, 's'));
		assert.ok(await done.getByRole('listitem').count() >= 2);

		await follow(page.getByRole('link', {name: 'History'}));
		assert.match(await page.getByRole('row', {name: /^Status/}).first().textContent(), /new.*ongoing/);
		await page.goBack();
		await follow(page.getByRole('link', {name: 'All records'}));
		assert.equal(await page.locator('.list tbody tr').count(), 2);
	});
}
