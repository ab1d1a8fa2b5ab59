package diff

import "strings"

// unmark makes the blanks of a line that was read from the page plain ones.
var unmark = strings.NewReplacer("\u00a0", " ")

// wide are the elements that reach beyond the window, and that cannot be scrolled.
const wide = `[...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 &&
	!e.closest('.figures, .plain')).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 40))`

// contrast are the texts whose colour is too near to what is behind them (WCAG 2.2,
// 1.4.3).
const contrast = `(() => {
	const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1] };
	const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b) };
	const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
	const behind = e => { const own = e ? parse(getComputedStyle(e).backgroundColor) : [255, 255, 255, 1]; return own[3] === 1 ? own : over(own, behind(e.parentElement)) };
	const low = new Set();
	for (const e of document.querySelectorAll('body *')) {
		if (!e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
		if (e.matches('.skip, option')) continue;
		const back = behind(e), a = light(over(parse(getComputedStyle(e).color), back)), b = light(back);
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) low.add(e.tagName + '.' + e.className + ' in ' + e.parentElement.className + ': ' + ratio.toFixed(2));
	}
	return [...low];
})()`
