// What every page must fulfil: accessible in light and dark, and no wider than any screen.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const WIDE = {width: 1440, height: 900};
const PHONE = {width: 390, height: 844};
/** Widths at which nothing may scroll sideways: phones, a tablet, a large screen. */
const WIDTHS = [360, 390, 1024, 2560];

/** Looks at the page that is open: light on a wide screen, dark on a phone, and its width on all. */
export async function inspect(page) {
	await page.evaluate(axe);
	await page.evaluate(unstick);
	for (const [colorScheme, size] of [['light', WIDE], ['dark', PHONE]]) {
		await page.emulateMedia({colorScheme, reducedMotion: 'reduce'});
		await page.setViewportSize(size);
		assert.deepEqual(await violations(page), [], `${page.url()}, ${colorScheme}, ${size.width} px wide`);
	}
	for (const width of WIDTHS) {
		await page.setViewportSize({width, height: 900});
		assert.deepEqual(await overflow(page), [], `${page.url()} scrolls sideways at ${width} px`);
	}
	await page.emulateMedia({colorScheme: null});
	await page.setViewportSize(WIDE);
}

/** What sticks to an edge covers half a row wherever one has scrolled to: the row is whole a little further on. */
function unstick() {
	for (const element of document.querySelectorAll('body *')) {
		if (getComputedStyle(element).position === 'sticky') element.style.position = 'static';
	}
}

function violations(page) {
	return page.evaluate(async rules => {
		const {violations} = await axe.run(document, {runOnly: rules, resultTypes: ['violations'], preload: false});
		return violations.flatMap(({id, nodes}) => nodes.map(node => `${id}: ${node.html}\n${node.failureSummary}`));
	}, RULES);
}

/** The elements that stick out, if any: those that scroll inside themselves do not. */
function overflow(page) {
	return page.evaluate(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		const out = [...document.querySelectorAll('body *')].filter(element => element.getBoundingClientRect().right > width + 1);
		return out.slice(0, 5).map(element => element.outerHTML.slice(0, 120));
	});
}
