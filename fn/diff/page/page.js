'use strict';
(() => {
  const by = id => document.getElementById(id);
  const bar = by('bar');
  if (!bar) return;
  bar.hidden = false;
  const rows = [...document.querySelectorAll('tr.row')];
  const counted = rows.filter(row => !row.closest('.noise')).length;
  const groups = [...document.querySelectorAll('.matrix > tbody')];
  const noise = document.querySelector('.noise');
  const fields = [by('text'), by('env'), by('kind'), by('op')];
  let texts; // of the rows, read when the first letter is typed

  const has = (list, value) => value === '' || list.split(' ').includes(value);
  const filter = () => {
    const [text, env, kind, op] = fields.map(field => field.value);
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) texts ??= rows.map(row => row.textContent.toLowerCase());
    let shown = 0;
    rows.forEach((row, i) => {
      const is = has(row.dataset.e, env) && has(row.dataset.k, kind) && has(row.dataset.o, op) &&
        words.every(word => texts[i].includes(word));
      row.hidden = !is;
      if (is && !row.closest('.noise')) shown++;
    });
    for (const group of groups) group.hidden = !group.querySelector('tr.row:not([hidden])');
    by('none').hidden = shown > 0;
    by('count').textContent = shown === counted ? `${counted} rows` : `${shown} of ${counted}`;
  };
  const clear = () => {
    for (const field of fields) field.value = '';
    filter();
  };

  const open = () => rows.filter(row => !row.hidden && !row.closest('.noise:not([open])')).map(row => row.querySelector('details'));
  const expand = () => {
    const all = open();
    const closed = all.some(one => !one.open);
    for (const one of all) one.open = closed;
    by('expand').textContent = closed ? 'Collapse all' : 'Expand all';
  };
  const move = step => {
    const all = open();
    const at = all.findIndex(one => one.contains(document.activeElement));
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
    if (!next) return;
    next.firstElementChild.focus();
    next.firstElementChild.scrollIntoView({ block: 'nearest' });
  };
  const help = () => by('help').open ? by('help').close() : by('help').showModal();

  for (const field of fields) field.addEventListener('input', filter);
  bar.addEventListener('submit', event => event.preventDefault());
  by('expand').addEventListener('click', expand);
  by('keys').addEventListener('click', help);
  addEventListener('beforeprint', () => {
    for (const one of open()) one.open = true;
  });
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches('input, select');
    if (event.key === 'Escape' && !by('help').open) {
      clear();
      document.activeElement.blur();
      return;
    }
    if (typing || (by('help').open && event.key !== '?')) return;
    const does = { j: () => move(1), k: () => move(-1), e: expand, '/': () => by('text').focus(), '?': help }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
  filter(); // a reload keeps what was typed
})();
