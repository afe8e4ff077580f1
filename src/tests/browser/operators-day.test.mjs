// What somebody of the operations staff does from morning to evening, in one go.
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { inspect } from './inspect.mjs';
import { follow, message, save, searchFor } from './steps.mjs';
import { inBrowser } from './visit.mjs';

const COLUMNS = 'name,country,tier,status';
const REFUSED = ['DAY-T2-B,Italy,2,active', 'DAY-T2-C,IT,9,active', 'DAY-T2-D,IT,2,asleep'];
const MENDED = [['Italy', 'IT'], [',9,', ',3,'], ['asleep', 'disabled']];

/** Gives the page of the import a file, and looks at what it would change. */
async function upload(page, name, lines) {
	await page.getByLabel('File', {exact: true}).setInputFiles({name, mimeType: 'text/csv', buffer: Buffer.from(lines)});
	await follow(page.getByRole('button', {name: 'Upload'}));
	await page.getByLabel('Recognise rows by').selectOption({label: 'Name'});
	await page.getByRole('button', {name: 'Show what would change'}).click();
	await page.getByRole('heading', {name: /^\d+ rows?$/}).waitFor();
}

const counted = page => page.locator('dl.facts dd').allTextContents();

async function write(page) {
	await page.getByRole('button', {name: /^Import \d+ rows?$/}).click();
	await page.getByRole('status').filter({hasText: 'added and'}).waitFor();
}

/** The file that a click brings, as text. */
async function downloaded(page, link) {
	const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
	return text(await download.createReadStream());
}

for (const [how, javaScriptEnabled] of [['with', true], ['without', false]]) {
	inBrowser(`An operator's day, ${how} JavaScript`, {javaScriptEnabled}, async ({page}) => {
		const unique = how.toUpperCase();
		const own = words => words.replaceAll('DAY', unique);
		const view = `Active, ${how}`;
		// The inspection is a script itself.
		const look = () => javaScriptEnabled ? inspect(page) : undefined;

		// A view is saved, and is one click away from then on.
		await page.goto('/admin/sites/');
		const filter = page.getByRole('complementary', {name: 'Filter'});
		await follow(filter.getByRole('link', {name: /^active/i}));
		await follow(page.getByRole('link', {name: 'Save this view'}));
		await page.getByLabel('Name').fill(view);
		await look();
		await follow(page.getByRole('button', {name: 'Save the view'}));
		await page.goto('/admin/sites/');
		await follow(page.getByRole('navigation', {name: 'Views'}).getByRole('link', {name: view}));

		// It is narrowed, and all rows that match get a note after a preview, which is taken back.
		await page.locator('summary', {hasText: 'All filters'}).click();
		const filters = page.getByRole('form', {name: 'All filters'});
		await filters.getByRole('group', {name: 'Tier'}).getByLabel('From').fill('1');
		await filters.getByRole('group', {name: 'Tier'}).getByLabel('Before').fill('2');
		await follow(filters.getByRole('button', {name: 'Apply'}));
		const narrowed = page.url();
		assert.ok(await page.locator('.chip').count() >= 1);
		const rows = await page.locator('.list tbody tr').count();
		assert.ok(rows > 1);
		for (const box of await page.locator('.list tbody').getByRole('checkbox').all()) await box.check();
		await page.getByRole('combobox', {name: 'Action', exact: true}).selectOption('edit_selected');
		await follow(page.getByRole('button', {name: 'Continue'}));
		await page.getByRole('checkbox', {name: 'Set Note'}).check();
		await page.getByLabel('Note', {exact: true}).fill(`Night shift ${how}`);
		await look();
		await follow(page.getByRole('button', {name: /preview|would change/i}));
		await look();
		assert.equal(await page.locator('.diff ins').first().textContent(), `Night shift ${how}`);
		await follow(page.getByRole('button', {name: /^Change \d+ sites$/}));
		assert.equal(page.url(), narrowed, 'back where it began');
		assert.match(await message(page).textContent(), new RegExp(`${rows} sites changed`));
		await follow(message(page).getByRole('button', {name: 'Undo'}));
		assert.match(await message(page).textContent(), new RegExp(`Undone: ${rows} records`));

		// Of five rows that are imported, three are wrong; they are mended and imported as well.
		await page.locator('summary', {hasText: 'Export'}).click();
		await follow(page.getByRole('link', {name: 'From a file…'}));
		await look();
		const good = ['DAY-T2-A,IT,2,active', 'DAY-T2-E,FR,3,active'];
		await upload(page, 'sites.csv', own([COLUMNS, ...good, ...REFUSED].join('\n')));
		assert.deepEqual(await counted(page), ['2', '0', '0', '3']);
		await look();
		await write(page);
		const rejected = await downloaded(page, page.getByRole('link', {name: /^Download them as CSV/}));
		const mended = MENDED.reduce((lines, [wrong, right]) => lines.replace(wrong, right), rejected);
		await follow(page.getByRole('link', {name: 'Another file'}));
		await upload(page, 'mended.csv', mended);
		assert.deepEqual(await counted(page), ['3', '0', '0', '0']);
		await write(page);

		// What came in goes out.
		await page.goto('/admin/sites/');
		await searchFor(page, own('DAY-T2-'));
		await page.locator('summary', {hasText: 'Export'}).click();
		const exported = await downloaded(page, page.getByRole('link', {name: 'CSV'}));
		for (const letter of 'ABCDE') assert.match(exported, new RegExp(own(`DAY-T2-${letter}`)));
		assert.equal(exported.trim().split('\n').length, 6);

		// One of them is changed by mistake, and goes back to how it was.
		await follow(page.getByRole('link', {name: own('DAY-T2-C'), exact: true}));
		const status = page.getByRole('group', {name: 'Status'});
		await status.getByRole('radio', {name: 'Disabled'}).check();
		await page.getByLabel('Tier').fill('1');
		await save(page);
		await follow(message(page).getByRole('link'));
		await follow(page.getByRole('link', {name: 'History'}));
		await follow(page.getByRole('link', {name: /^Go back to this version/}).last());
		assert.match(await page.getByRole('status').first().textContent(), /Nothing is saved yet/);
		await look();
		await save(page);
		await follow(message(page).getByRole('link'));
		assert.ok(await status.getByRole('radio', {name: 'Active'}).isChecked());
		assert.equal(await page.getByLabel('Tier').inputValue(), '3');

		// Whatever was made in this test goes, so that other tests find the demo as it was.
		await page.goto(`/admin/sites/?q=${own('DAY-T2-')}`);
		for (const box of await page.locator('.list tbody').getByRole('checkbox').all()) await box.check();
		await page.getByRole('combobox', {name: 'Action', exact: true}).selectOption('delete_selected');
		await follow(page.getByRole('button', {name: 'Continue'}));
		await follow(page.getByRole('button', {name: /^Delete/}));
		assert.match(await message(page).textContent(), /5 sites/);
		await page.goto('/admin/sites/');
		await follow(page.getByRole('navigation', {name: 'Views'}).getByRole('link', {name: view}));
		await follow(page.getByRole('link', {name: `Edit “${view}”`}));
		await follow(page.getByRole('button', {name: 'Delete the view'}));
	});
}
