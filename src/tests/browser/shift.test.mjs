// A shift: find the worst site, read why, record what was done, take it back, record it again, learn, report.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { follow, message, signIn } from './steps.mjs';
import { inBrowser, passwordOf } from './visit.mjs';

const pictures = process.env.OPINT_TEST_PICTURES;

/** Keeps a picture of the page for whoever wants to look: set OPINT_TEST_PICTURES to a folder. */
async function picture(page, name) {
	if (!pictures) return;
	await mkdir(pictures, {recursive: true});
	await page.screenshot({path: `${pictures}/${name}.png`, fullPage: true});
}

const firstRow = page => page.locator('.board tbody').first();
const sites = page => page.locator('.board .c-site a.id').allTextContents();

/** Records that a ticket was sent, from the menu of the worst row; gives the site. */
async function recordFromBoard(page, number) {
	const row = firstRow(page), site = await row.locator('.c-site a.id').textContent();
	await row.locator('.act summary').click();
	await row.getByRole('radio', {name: /^Submit a ticket to the site/}).check();
	await row.getByLabel(/^Ticket/).fill(number);
	await follow(row.getByRole('button', {name: 'Record action'}));
	return site;
}

for (const [how, options] of Object.entries({
	'with a mouse': {},
	'on a phone': {viewport: {width: 390, height: 844}, hasTouch: true},
	'without JavaScript': {javaScriptEnabled: false},
	'in dark mode': {colorScheme: 'dark'},
})) {
	const number = String(170_001 + Object.keys(options).length * 10 + how.length);
	inBrowser(`A new shifter finds the worst site, records a ticket, takes it back and records it again ${how}`, {as: null, ...options}, async ({page}) => {
		await page.goto('/');
		await signIn(page, 'shifter01', passwordOf('shifter01'));
		assert.equal(new URL(page.url()).pathname, '/');
		await picture(page, `board ${how}`);
		const [worst] = await sites(page);
		assert.match(await page.locator('.lead').textContent(), new RegExp(`^${RegExp.escape?.(worst) ?? worst} causes \\d+`));
		await firstRow(page).locator('.why summary').click();
		assert.match(await firstRow(page).locator('.why').textContent(), /Blame: .+\. .*(Fails|Works|fail|works)/s);
		assert.equal(await recordFromBoard(page, number), worst);
		assert.match(await message(page).first().textContent(), /Recorded/);
		assert(!(await sites(page)).includes(worst), 'it is in hand now');
		await follow(message(page).getByRole('button', {name: 'Undo'}).first());
		await page.goto('/');
		assert.equal((await sites(page))[0], worst, 'and back');
		await recordFromBoard(page, number);
		const done = page.locator('.log li', {hasText: number});
		assert.equal(await done.count(), 1);
		await picture(page, `recorded ${how}`);
		// For whoever runs after this: the board as it was.
		await follow(message(page).getByRole('button', {name: 'Undo'}).first());
	});
}

inBrowser('What worked is offered first for the next issue of that error at that site, and the report shows it', {as: 'shifter01'}, async ({page}) => {
	await page.goto('/admin/issues/?q=Service+busy&operation__exact=transfer');
	const issues = await page.locator('.list tbody a[href*="issues/"]').evaluateAll(links => [...new Set(links.map(a => a.getAttribute('href').match(/issues\/(\d+)/)?.[1]).filter(Boolean))]);
	assert(issues.length >= 2, String(issues));
	const [one, other] = issues;
	const action = 'Switch off third-party copy at the site';
	await page.goto(`/issues/${one}/`);
	await page.getByRole('radio', {name: 'Something else'}).check();
	await page.getByLabel('Which other action').fill(action);
	await page.getByRole('radio', {name: 'Yes', exact: true}).check();
	await follow(page.getByRole('button', {name: 'Record action'}));
	assert.match(await message(page).first().textContent(), /Recorded/);
	await page.goto(`/issues/${other}/`);
	const offer = page.locator('.pick label', {hasText: action});
	assert.match(await offer.textContent(), /worked 1 of 1/);
	assert.match(await offer.textContent(), /Worked/);
	await picture(page, 'suggestion');
	await page.goto('/report/');
	const report = await page.getByRole('main').textContent();
	assert(report.includes(action), report);
	await picture(page, 'report');
	if (pictures) await page.pdf({path: `${pictures}/report.pdf`, format: 'A4'});
});

inBrowser('The same by keyboard alone', {as: 'shifter01'}, async ({page}) => {
	await page.goto('/');
	const [worst] = await sites(page);
	const button = firstRow(page).getByRole('button', {name: /^Did this/});
	for (let tab = 0; tab < 120 && !await button.evaluate(b => b === document.activeElement); tab++) await page.keyboard.press('Tab');
	assert(await button.evaluate(b => b === document.activeElement), 'the button can be reached');
	const arrived = page.waitForEvent('load');
	await page.keyboard.press('Enter');
	await arrived;
	assert(!(await sites(page)).includes(worst));
	const undo = message(page).getByRole('button', {name: 'Undo'}).first();
	await undo.focus();
	const back = page.waitForEvent('load');
	await page.keyboard.press('Enter');
	await back;
});

inBrowser('A note for the next shift stands in the log at once', {as: 'shifter01'}, async ({page}) => {
	await page.goto('/');
	await page.getByLabel('Note for the next shift').fill('The <b>network</b> of T2s is being rebuilt.');
	await follow(page.getByRole('button', {name: 'Add note'}));
	assert.match(await page.locator('.log li').first().textContent(), /The <b>network<\/b> of T2s is being rebuilt\./);
});
